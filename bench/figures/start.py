"""The first turn after a start next to steady ones: what is not warm when a process says ready."""

from bench.client import Connection, TurnFailedError
from bench.figures.single import FIRST_TOKEN, FLOOR, SHAPE, WARM_UP
from bench.floor import ModelAlone
from bench.load import drive, think
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import PAUSE, Plan
from bench.restart import restarted
from bench.results import Results
from local.ports import HOST

FIRST = "added to first token, first turn after a start"
STEADY = "added to first token, steady turns after it"
# For the model server's own time to first token, where no comparison has told it yet.
FLOOR_TURNS = 20


def ready(role: str) -> str:
    return f"start to ready, {role}"


async def measure(place: Place, plan: Plan, results: Results) -> None:
    """Edge and worker are stopped as a deployment stops them and start again; when the edge's
    health and the worker's polling say ready, a conversation that was there before goes on."""
    floor = await _floor(place, results)
    contender = Holdfast(place.stack, "direct", "holdfast")
    for _ in range(plan.starts):
        connection = Connection(HOST, contender.port)
        conversation = await contender.conversation(connection)
        await connection.send(contender.ask(conversation, SHAPE.content()))
        connection.close()
        for role, seconds in (await restarted(place)).items():
            results.add(ready(role), contender.name, "s", [seconds])
        try:
            await _turns(contender, conversation, floor, plan, results)
        except (TurnFailedError, OSError) as error:
            results.fail(contender.name, [f"after a start: {error}"])


async def _floor(place: Place, results: Results) -> float:
    """Milliseconds that the model server itself takes to the first token."""
    if (known := results.median(FIRST_TOKEN, FLOOR)) is not None:
        return known
    asked = Results()
    done = await drive(
        ModelAlone(place.model_port),
        SHAPE,
        clients=1,
        goes_on=lambda begun, _: begun < FLOOR_TURNS,
        pause=PAUSE,
    )
    asked.add(FIRST_TOKEN, FLOOR, "ms", [one.first_token for one in done.answers])
    return asked.median(FIRST_TOKEN, FLOOR) or 0.0


async def _turns(
    contender: Holdfast, conversation: str, floor: float, plan: Plan, results: Results
) -> None:
    connection = Connection(HOST, contender.port)
    try:
        for number in range(1 + WARM_UP + plan.steady_turns):
            answer = await connection.send(contender.ask(conversation, SHAPE.content()))
            added = answer.first_token - floor
            if number == 0:
                results.add(FIRST, contender.name, "ms", [added])
            elif number > WARM_UP:
                results.add(STEADY, contender.name, "ms", [added])
            await think(PAUSE)
    finally:
        connection.close()
