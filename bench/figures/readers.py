"""Quiet readers on one edge: memory of each, time until all have a token, a herd that returns."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from bench import processor
from bench.answer import Answer, now
from bench.client import Connection, Request, TurnFailedError
from bench.load import Shape
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import Plan
from bench.restart import restarted
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
# Between a refused reader's attempts, as a browser spreads them by the edge's `retry:`.
AGAIN = (0.3, 1.5)
OPENED_AT_ONCE = 8


@dataclass(slots=True)
class Crowd:
    """Readers, spread over these conversations' logs."""

    contender: Holdfast
    conversations: Sequence[str]
    connections: list[Connection] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    refused: int = 0

    async def join(self, count: int, *, at_once: int, after: bytes = b"") -> None:
        """Connect so many more, and wait until each has its answer's head."""
        for begun in range(0, count, at_once):
            for _ in range(min(at_once, count - begun)):
                answer, connection = Answer(last_id=after), Connection(HOST, self.contender.port)
                place = self.conversations[len(self.answers) % len(self.conversations)]
                self.answers.append(answer)
                self.connections.append(connection)
                self.tasks.append(asyncio.create_task(self._read(place, connection, answer)))
            await self.until(lambda answer: answer.status == 200)

    async def _read(self, conversation: str, connection: Connection, answer: Answer) -> None:
        path = f"/v1/conversations/{conversation}/events"
        while True:
            headers = {**self.contender.headers, "accept": "text/event-stream"}
            if answer.last_id:
                headers["last-event-id"] = answer.last_id.decode()
            with suppress(TurnFailedError, OSError):
                request = Request("GET", path, headers=headers)
                await connection.send(request, seconds=STAY, into=answer)
            self.refused += 1
            connection.close()
            await asyncio.sleep(random.uniform(*AGAIN))  # noqa: S311 -- a pause is no secret

    async def until(self, holds: Callable[[Answer], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not all(map(holds, self.answers)):  # noqa: ASYNC110 -- bytes set no event
                await asyncio.sleep(LOOK)

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for connection in self.connections:
            connection.close()
        self.connections, self.answers, self.tasks = [], [], []


async def measure(place: Place, plan: Plan, results: Results) -> None:
    """Each crowd meets a fresh edge: memory that an earlier crowd left free would be reused."""
    contender = Holdfast(place.stack, "direct", "holdfast")
    for count in plan.readers:
        try:
            await restarted(place, ["edge"])
            await _of_one(contender, count, results)
        except TimeoutError:
            results.fail(contender.name, [f"{count} readers: not all served in {PATIENCE:g} s"])
    most = max(plan.readers)
    crowd = Crowd(contender, await conversations(contender, most))
    await restarted(place, ["edge"])
    await _of_many(crowd, most, results)


async def _of_one(contender: Holdfast, count: int, results: Results) -> None:
    """All of one conversation, so that one event is everybody's."""
    asking = Connection(HOST, contender.port)
    crowd = Crowd(contender, [await contender.conversation(asking)])
    try:
        each = await _memory(crowd, count)
        results.add(f"{count:,} quiet readers, memory each", contender.name, "KB", [each])
        await asking.send(contender.ask(crowd.conversations[0], SHAPE.content()))
        await crowd.until(lambda answer: answer.tokens == SHAPE.tokens)
        late = _latenesses(crowd.answers)
        results.add(f"{count:,} readers, until all have a token", contender.name, "ms", late)
        await _herd(crowd, count, results)
    finally:
        await crowd.leave()
        asking.close()


async def _of_many(crowd: Crowd, count: int, results: Results) -> None:
    """Each of a conversation of its own, as users are."""
    try:
        each = await _memory(crowd, count)
    finally:
        await crowd.leave()
    figure = f"{count:,} quiet readers, each of its own conversation, memory each"
    results.add(figure, crowd.contender.name, "KB", [each])


async def conversations(contender: Holdfast, count: int) -> list[str]:
    opened: list[str] = []

    async def some() -> None:
        connection = Connection(HOST, contender.port)
        while len(opened) < count:
            opened.append(await contender.conversation(connection))
        connection.close()

    await asyncio.gather(*(some() for _ in range(OPENED_AT_ONCE)))
    return opened


async def _memory(crowd: Crowd, count: int) -> float:
    """Kilobytes that each of so many readers adds to the edge."""
    edges = crowd.contender.processes()["edge"]
    await crowd.join(FIRST, at_once=FIRST)
    before = processor.megabytes(edges)
    await crowd.join(count, at_once=RAMP)
    return (processor.megabytes(edges) - before) * 1_000 / count


def _latenesses(answers: Sequence[Answer]) -> list[float]:
    """For each token, milliseconds from the model server to the last reader."""
    stamps = list(answers[0].arrivals)
    return [max(one.arrivals[stamp] - stamp for one in answers) / 1_000 for stamp in stamps]


async def _herd(crowd: Crowd, count: int, results: Results) -> None:
    """All are cut, and come back at once with the id that they had seen last."""
    name = crowd.contender.name
    seen = crowd.answers[0].last_id
    await crowd.leave()
    crowd.refused = 0
    began = now()
    await crowd.join(count, at_once=count, after=seen)
    back = [(answer.headed - began) / 1e6 for answer in crowd.answers]
    results.add(f"{count:,} readers return at once, each", name, "s", back)
    results.add(f"{count:,} readers return at once, until all are back", name, "s", [max(back)])
    results.add(f"{count:,} readers return at once, refused at first", name, "", [crowd.refused])
