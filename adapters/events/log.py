"""The writers' side of the event log, on Redis."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from redis.asyncio import Redis

from adapters.events.connection import AWAY, LogNames, command
from adapters.events.item import Item
from adapters.events.link import Link
from adapters.events.script import LogScript
from adapters.events.sofar import TextReader
from adapters.events.writer import RedisLogWriter
from domain.ports.events import LogWriter, WriterKey
from models.errors import UnavailableError
from models.payloads.events import LoggedEvent
from models.payloads.scope import LogKey

# How long a quiet conversation stays in memory; afterwards its readers are served from the store.
TIME_TO_LIVE = timedelta(hours=24)
# Entries of one turn before those of its earlier steps go: they are stored.
LIMIT = 5_000


class RedisEventLog:
    """Fills the EventLog and StopFlags ports."""

    def __init__(
        self, redis: Redis, *, time_to_live: timedelta = TIME_TO_LIVE, limit: int = LIMIT
    ) -> None:
        self._redis = redis
        self._ttl = int(time_to_live.total_seconds() * 1000)
        self._script = LogScript(redis, ttl=self._ttl, limit=limit)
        self._texts = TextReader(redis)
        self._link = Link()

    async def warm(self) -> None:
        """Connect, and load the script. Raises what redis-py raises."""
        await self._script.load()

    @asynccontextmanager
    async def writing(
        self, key: WriterKey, is_current: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[LogWriter]:
        """Raise the fence and write; StaleAttemptError when a newer one stands."""
        writer = RedisLogWriter(self._script, self._texts, self._link, key, is_current)
        await writer.open()
        try:
            yield writer
        finally:
            await writer.close()

    async def announce(self, log: LogKey, events: Sequence[LoggedEvent]) -> None:
        """Append committed events; readers find them in the store when Redis takes none."""
        await self._script.announce(LogNames(log), map(Item.of, events))

    async def stop(self, log: LogKey, turn_id: UUID) -> None:
        """Raise the stop flag of a turn."""
        try:
            await command(self._redis, "SET", LogNames(log).stop, str(turn_id), "PX", self._ttl)
        except AWAY as error:
            raise UnavailableError("Redis is away", code="events_unavailable") from error
