"""The readers' side of the event log as the edge needs it: also where a log ends."""

from typing import Protocol

import structlog
from redis.asyncio import Redis

from adapters.events.connection import AWAY, LogNames, command
from adapters.events.feed import RedisEventFeed
from adapters.events.hub import ERASED
from domain.ports.events import StoredEvents
from models.errors import UnavailableError
from models.payloads.events import EventId
from models.payloads.scope import LogKey

log_lines = structlog.get_logger(__name__)


class StoredEnds(Protocol):
    async def newest(self, log: LogKey) -> EventId: ...


class EdgeEventFeed(RedisEventFeed):
    """Fills the EventFeed port, whole."""

    def __init__(self, redis: Redis, stored: StoredEvents, ends: StoredEnds) -> None:
        super().__init__(redis, stored)
        self._client = redis
        self._ends = ends

    async def newest(self, log: LogKey) -> EventId:
        """From the live log while there is one; a place too low would only cost a few events."""
        try:
            last = await command(self._client, "HGET", LogNames(log).meta, "last")
            if last is not None:
                return EventId.parse(last.decode().replace("-", "."))
        except (*AWAY, ValueError) as error:
            log_lines.warning("event_feed.end_unknown", reason=type(error).__name__)
        return await self._ends.newest(log)

    async def forget(self, log: LogKey) -> None:
        names = LogNames(log)
        try:
            await command(self._client, "DEL", *names.keys)
            await command(self._client, "PUBLISH", names.channel, ERASED)
        except AWAY as error:
            raise UnavailableError("Redis is away.", code="events_unavailable") from error
