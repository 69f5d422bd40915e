"""Kill the process that calls the model in mid-answer: how long the reader waits, what it got."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from bench import ledger
from bench.answer import Answer, now
from bench.client import Connection, TurnFailedError
from bench.contender import Contender, Kind
from bench.load import Shape
from bench.place import Place
from bench.plan import Plan
from bench.program import ProgramFailedError
from bench.results import Results
from local.ports import HOST

GAP = "killed: time to the next new token"
REPEATED = "killed: tokens the reader got again"
LOST = "killed: tokens the reader never got"
CALLS = "killed: model calls"
RECOVERED = "killed: answers that went on"

# Long enough that the model still speaks when the slowest heartbeat is missed.
SHAPE = Shape(tokens=750, gap_ms=20.0)
# Somewhere in the answer, not always at the same token.
BEFORE = (0.5, 2.0)
# Waiting for a lease costs no CPU, starting again does: the next is killed when this one speaks
# again, or after so many seconds.
APART = 12.0
RETRY = 0.1  # seconds between a cut reader's attempts
LOOK = 0.05


@dataclass(slots=True)
class Reader:
    """One answer, read over as many connections as it takes."""

    contender: Contender
    conversation: str
    answer: Answer
    patience: float
    finished: bool = False

    async def read(self, content: str) -> None:
        request = self.contender.ask(self.conversation, content)
        while not self.finished:
            connection = Connection(HOST, self.contender.port)
            with suppress(TurnFailedError, OSError):
                await connection.send(request, seconds=self.patience, into=self.answer)
                self.finished = True
            connection.close()
            again = self.contender.resume(self.conversation, self.answer)
            if again is None:
                return
            request = again
            await asyncio.sleep(RETRY)


async def measure(
    contenders: Sequence[Contender], place: Place, plan: Plan, results: Results
) -> None:
    able = [
        one
        for one in contenders
        if (one.servers or one.processes()) and one.name not in results.given_up
    ]
    for _ in range(plan.recoveries):
        async with asyncio.TaskGroup() as group:
            for contender in random.sample(able, len(able)):
                await _begun(group, contender, place, plan, results)
    # Ours has a goal for the slow end, which takes more of them.
    for contender in able:
        if contender.kind is Kind.OURS:
            for _ in range(plan.own_recoveries):
                async with asyncio.TaskGroup() as group:
                    await _begun(group, contender, place, plan, results)


async def _begun(
    group: asyncio.TaskGroup, contender: Contender, place: Place, plan: Plan, results: Results
) -> None:
    """Begin a trial, and wait until the next may be begun."""
    settled = asyncio.Event()
    group.create_task(_told(contender, place, plan, results, settled))
    await settled.wait()


async def _told(
    contender: Contender, place: Place, plan: Plan, results: Results, settled: asyncio.Event
) -> None:
    """One contender's failure to come back must not end the others' trials."""
    try:
        await _trial(contender, place, plan, results, settled)
    except (
        ProgramFailedError,
        TurnFailedError,
        TimeoutError,
        OSError,
        ValueError,
        KeyError,
    ) as error:
        results.fail(contender.name, [f"killed: {type(error).__name__} {error}"])
    finally:
        settled.set()


async def _trial(
    contender: Contender, place: Place, plan: Plan, results: Results, settled: asyncio.Event
) -> None:
    connection = Connection(HOST, contender.port)
    conversation = await contender.conversation(connection)
    connection.close()
    marker = uuid4().hex
    reader = Reader(contender, conversation, Answer(), plan.patience)
    reading = asyncio.create_task(reader.read(f"{marker}\n{SHAPE.content()}"))
    try:
        await _until(lambda: reader.answer.tokens > 0, plan.patience)
        await asyncio.sleep(random.uniform(*BEFORE))  # noqa: S311 -- a token's place is no secret
        killed = now()
        await contender.crash()
        with suppress(TimeoutError):
            await _until(lambda: reading.done() or _speaks_again(reader.answer, killed), APART)
        settled.set()
        await asyncio.wait({reading}, timeout=plan.patience)
    finally:
        reading.cancel()
    await _note(contender, place, reader.answer, killed, marker, results)


def _speaks_again(answer: Answer, killed: int) -> bool:
    return any(stamp > killed for stamp in answer.arrivals)


async def _note(
    contender: Contender,
    place: Place,
    answer: Answer,
    killed: int,
    marker: str,
    results: Results,
) -> None:
    after = [at for stamp, at in answer.arrivals.items() if stamp > killed]
    results.add(RECOVERED, contender.name, "share", [1.0 if after else 0.0])
    if after:
        results.add(GAP, contender.name, "s", [(min(after) - killed) / 1e6])
    repeated = float(max(0, answer.tokens - SHAPE.tokens))
    results.add(REPEATED, contender.name, "tokens", [repeated])
    results.add(LOST, contender.name, "tokens", [float(max(0, SHAPE.tokens - answer.tokens))])
    results.add(
        CALLS, contender.name, "calls", [float(await ledger.calls(place.model_port, marker))]
    )


async def _until(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- what a reader has got sets no event
            await asyncio.sleep(LOOK)
