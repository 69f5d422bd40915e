"""Closed loops: each client asks, reads to the end, thinks for a random while, asks again."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.answer import Answer
from bench.client import Connection, TurnFailedError
from bench.contender import Contender
from local.ports import HOST

# Then a client opens another conversation: most messages are not the first, and windows stay alike.
TURNS_PER_CONVERSATION = 10
# One that hangs or dies fails like this; whoever is only slow does not.
FAILURES_IN_A_ROW = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked for. Waits are in milliseconds."""

    tokens: int = 50
    ttft_ms: float = 0.0
    gap_ms: float = 0.0

    def content(self) -> str:
        directive = f"@offline stamp=1 tokens={self.tokens}"
        return f"Say something.\n{directive} ttft_ms={self.ttft_ms:g} gap_ms={self.gap_ms:g}"


@dataclass(slots=True)
class Round:
    """What one contender did in one round."""

    answers: list[Answer] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0
    in_a_row: int = 0
    """Failures since the last answer."""

    @property
    def hopeless(self) -> bool:
        return self.in_a_row >= FAILURES_IN_A_ROW and not self.answers

    def fail(self, reason: str) -> None:
        self.failures.append(reason)
        self.in_a_row += 1

    @property
    def turns_per_second(self) -> float:
        return len(self.answers) / self.seconds


async def drive(
    contender: Contender,
    shape: Shape,
    *,
    clients: int,
    goes_on: Callable[[int, float], bool],
    pause: tuple[float, float],
) -> Round:
    """`goes_on(turns begun, seconds since the start)` says whether another turn is begun; `pause`
    is the shortest and the longest one between a client's turns, in seconds."""
    done = Round()
    begun = 0
    start = 0.0
    ready = asyncio.Barrier(clients)

    async def client() -> None:
        nonlocal begun, start
        connection = Connection(HOST, contender.port)
        try:
            conversation = await _opened(contender, connection, done)
            await ready.wait()
            start = start or time.perf_counter()
            turns = 0
            await think(pause)
            while (
                conversation is not None
                and not done.hopeless
                and goes_on(begun, time.perf_counter() - start)
            ):
                begun += 1
                turns += 1
                await _turn(contender, connection, conversation, shape, done)
                if turns % TURNS_PER_CONVERSATION == 0:
                    conversation = await _opened(contender, connection, done)
                await think(pause)
        finally:
            connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())
    done.seconds = time.perf_counter() - start
    return done


async def think(bounds: tuple[float, float]) -> None:
    """Pause for a random while between these seconds."""
    await asyncio.sleep(random.uniform(*bounds))  # noqa: S311 -- a pause is no secret


async def _opened(contender: Contender, connection: Connection, done: Round) -> str | None:
    """A conversation, or None: a client that gets none asks nothing more in this round."""
    try:
        return await contender.conversation(connection)
    except (TurnFailedError, OSError, ValueError, KeyError) as error:
        done.fail(f"no conversation: {error!r}")
        return None


async def _turn(
    contender: Contender, connection: Connection, conversation: str, shape: Shape, done: Round
) -> None:
    try:
        answer = await connection.send(contender.ask(conversation, shape.content()))
    except (TurnFailedError, OSError) as error:
        done.fail(f"{contender.name}: {error}")
        return
    # With gaps, exactly; without, a few share a microsecond.
    complete = answer.tokens == shape.tokens if shape.gap_ms else answer.seen >= shape.tokens
    if not complete:
        done.fail(
            f"{contender.name}: {answer.tokens} of {shape.tokens} tokens;"
            f" {answer.said.decode('utf-8', 'replace')}"
        )
        return
    done.answers.append(answer)
    done.in_a_row = 0
