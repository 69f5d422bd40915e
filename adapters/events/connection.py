"""How the event log talks to Redis: every wait and repeat chosen here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from models.payloads.scope import LogKey

# A healthy Redis answers in a millisecond; half a second of silence means that it stalls.
ANSWER_SECONDS = 0.5
# One repeat at once mends a connection that died while idle. More would only delay the fallback.
REPEATS = 1
# A process writes for some hundred turns; further calls wait for a free connection.
CONNECTIONS = 64

# A limit that is felt so much later found the process standing still, not Redis.
STALL_SECONDS = 0.1

T = TypeVar("T")

# What "Redis is away" looks like to a caller.
AWAY = (RedisError, OSError, TimeoutError)


def connect(url: str, *, connections: int = CONNECTIONS) -> Redis:
    """Make a client; nothing is sent before the first command."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=ANSWER_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_keepalive=True,
        retry=Retry(
            ConstantBackoff(0.02),
            REPEATS,
            supported_errors=(RedisConnectionError, RedisTimeoutError),
        ),
        # RESP2: no handshake on each new connection.
        protocol=2,
    )
    return Redis.from_pool(pool)


async def cancellable(call: Awaitable[T]) -> T:
    """Await a call of redis-py. It sends under `asyncio.wait_for`, which in Python 3.11 forgets a
    cancellation that arrives as the sending ends: the caller would go on for ever."""
    task = asyncio.current_task()
    before = 0 if task is None else task.cancelling()
    result = await call
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


async def command(redis: Redis, *words: str | bytes | int) -> Any:  # noqa: ANN401  # each its own
    """Run one command. Raises what redis-py raises."""
    return await cancellable(redis.execute_command(*words))  # type: ignore[no-untyped-call]  # theirs


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """`asyncio.timeout`, except where this process stood still itself: what Redis did and answered
    meanwhile is there to be read, and gets as long once more."""
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    async with asyncio.timeout(None) as limit:

        def felt() -> None:
            late = loop.time() - due
            limit.reschedule(loop.time() + (seconds if late > STALL_SECONDS else 0))

        timer = loop.call_at(due, felt)
        try:
            yield
        finally:
            timer.cancel()


class LogNames:
    """The keys of one log. They share a hash tag, so that a cluster keeps them together."""

    __slots__ = ("channel", "keys", "stream")

    def __init__(self, log: LogKey) -> None:
        prefix = f"hf:{{{log.scope.space_id}:{log.conversation_id}}}:"
        self.stream = prefix + "log"
        self.channel = prefix + "live"
        self.keys = (self.stream, prefix + "meta", prefix + "stop")

    @property
    def meta(self) -> str:
        return self.keys[1]

    @property
    def stop(self) -> str:
        return self.keys[2]
