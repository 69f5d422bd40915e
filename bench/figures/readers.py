"""Quiet readers on one edge: memory of each, time until all have a token, a herd that returns."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench import processor
from bench.answer import Answer, now
from bench.client import Connection, Request, TurnFailedError
from bench.load import Shape
from bench.ours import Holdfast
from bench.plan import Plan
from bench.results import Results
from local.ports import HOST

SHAPE = Shape(tokens=5, gap_ms=200.0)
STAY = 600.0  # seconds; longer than any of this takes
PATIENCE = 60.0  # until all of them are there
LOOK = 0.02
# Connecting at once, except in the herd: the listening socket's queue is not what is measured.
RAMP = 50
# Connections and imports of the first readers are not the readers' own.
FIRST = 10


@dataclass(slots=True)
class Crowd:
    """Readers of one conversation's log."""

    contender: Holdfast
    conversation: str
    connections: list[Connection] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def join(self, count: int, *, at_once: int) -> None:
        """Connect so many more, and wait until each has its answer's head."""
        for begun in range(0, count, at_once):
            for _ in range(min(at_once, count - begun)):
                answer, connection = Answer(), Connection(HOST, self.contender.port)
                self.answers.append(answer)
                self.connections.append(connection)
                self.tasks.append(asyncio.create_task(self._read(connection, answer)))
            await self.until(lambda answer: answer.status == 200)

    async def _read(self, connection: Connection, answer: Answer) -> None:
        path = f"/v1/conversations/{self.conversation}/events"
        headers = {**self.contender.headers, "accept": "text/event-stream"}
        with suppress(TurnFailedError, OSError):
            request = Request("GET", path, headers=headers)
            await connection.send(request, seconds=STAY, into=answer)

    async def until(self, holds: Callable[[Answer], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not all(map(holds, self.answers)):  # noqa: ASYNC110 -- bytes set no event
                await asyncio.sleep(LOOK)

    async def leave(self) -> None:
        for connection in self.connections:
            connection.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.connections, self.answers, self.tasks = [], [], []


async def measure(contender: Holdfast, plan: Plan, results: Results) -> None:
    for count in plan.readers:
        print(f"{count:,} readers", flush=True)
        try:
            await _with(contender, count, results)
        except TimeoutError:
            results.fail(contender.name, [f"{count} readers: not all served in {PATIENCE:g} s"])


async def _with(contender: Holdfast, count: int, results: Results) -> None:
    asking = Connection(HOST, contender.port)
    crowd = Crowd(contender, await contender.conversation(asking))
    edges = contender.processes()["edge"]
    try:
        await crowd.join(FIRST, at_once=FIRST)
        before = processor.megabytes(edges)
        await crowd.join(count, at_once=RAMP)
        each = (processor.megabytes(edges) - before) * 1_000 / count
        results.add(f"{count:,} quiet readers, memory each", contender.name, "KB", [each])
        await asking.send(contender.ask(crowd.conversation, SHAPE.content()))
        await crowd.until(lambda answer: answer.tokens == SHAPE.tokens)
        late = _latenesses(crowd.answers)
        results.add(f"{count:,} readers, until all have a token", contender.name, "ms", late)
        await _herd(crowd, count, results)
    finally:
        await crowd.leave()
        asking.close()


def _latenesses(answers: Sequence[Answer]) -> list[float]:
    """For each token, milliseconds from the model server to the last reader."""
    stamps = list(answers[0].arrivals)
    return [max(one.arrivals[stamp] - stamp for one in answers) / 1_000 for stamp in stamps]


async def _herd(crowd: Crowd, count: int, results: Results) -> None:
    await crowd.leave()
    began = now()
    await crowd.join(count, at_once=count)
    seconds = (now() - began) / 1e6
    results.add(f"{count:,} readers return at once", crowd.contender.name, "s", [seconds])
