"""The same turn early and late in a conversation: it must not cost more for what came before."""

from bench.client import Connection, TurnFailedError
from bench.figures.single import SHAPE
from bench.load import Shape, think
from bench.ours import Holdfast
from bench.plan import PAUSE, Plan
from bench.results import Results
from local.ports import HOST

# Turns that only make the conversation longer need no gaps; their text counts.
FILLING = Shape(tokens=50)


def whole(depth: int) -> str:
    return f"whole turn at message {depth:,}"


def first_token(depth: int) -> str:
    return f"time to first token at message {depth:,}"


async def measure(contender: Holdfast, plan: Plan, results: Results) -> None:
    connection = Connection(HOST, contender.port)
    try:
        long = await contender.conversation(connection)
        behind = 0
        for depth in plan.depths:
            while behind < depth - 1:
                await connection.send(contender.ask(long, FILLING.content()))
                behind += 1
            for _ in range(plan.depth_turns):
                # There is one first message in a conversation, and many of about the hundredth.
                place = long if depth > 1 else await contender.conversation(connection)
                await _turn(contender, connection, place, depth, results)
                behind += place == long
    finally:
        connection.close()


async def _turn(
    contender: Holdfast, connection: Connection, place: str, depth: int, results: Results
) -> None:
    await think(PAUSE)
    try:
        answer = await connection.send(contender.ask(place, SHAPE.content()))
    except TurnFailedError as error:
        results.fail(contender.name, [str(error)])
        return
    results.add(whole(depth), contender.name, "s", [answer.seconds])
    results.add(first_token(depth), contender.name, "ms", [answer.first_token])
