"""The first turn after a start next to steady ones: what is not warm when a process says ready."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping

from bench.client import Connection, TurnFailedError
from bench.figures.single import FIRST_TOKEN, FLOOR, SHAPE, WARM_UP
from bench.floor import ModelAlone
from bench.load import drive, think
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import PAUSE, Plan
from bench.results import Results
from local.ports import HOST
from local.probe import healthy
from local.stack import PRODUCT
from models import names

FIRST = "added to first token, first turn after a start"
STEADY = "added to first token, steady turns after it"
READY_SECONDS = 60.0
LOOK = 0.02
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
        for role, seconds in (await _restarted(place)).items():
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


async def _restarted(place: Place) -> Mapping[str, float]:
    """Seconds from each new process's first breath until it is ready, by role."""
    before = {role: place.stack.processes[role] for role in PRODUCT}
    for pids in before.values():
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
    both = await asyncio.gather(*(_ready(place, role, before[role]) for role in PRODUCT))
    return dict(zip(PRODUCT, both, strict=True))


async def _ready(place: Place, role: str, before: list[int]) -> float:
    async def born() -> bool:
        pids = place.stack.processes[role]
        return bool(pids) and not set(pids) & set(before)

    await _until(born)
    began = time.monotonic()
    await _until(lambda: _is_ready(place, role))
    return time.monotonic() - began


async def _is_ready(place: Place, role: str) -> bool:
    """As `make run` sees it."""
    if role == "edge":
        return await healthy(place.edge_port)
    (pid,) = place.stack.processes["worker"]
    queues = (names.TURNS_QUEUE, names.DOCUMENTS_QUEUE)
    return all([await place.polled(queue, pid) for queue in queues])


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while not await holds():  # noqa: ASYNC110 -- another process sets no event
            await asyncio.sleep(LOOK)
