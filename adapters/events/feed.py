"""The readers' side of the event log: live from Redis, older from the store, in one order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from redis.asyncio import Redis

from adapters.events.connection import LogNames
from adapters.events.hub import Hub
from adapters.events.mailbox import Mailbox
from adapters.events.reader import Reader
from adapters.events.replay import Admission, Replay
from domain.ports.events import StoredEvents
from domain.wire import WireEvent
from models.payloads.events import EventId
from models.payloads.scope import LogKey


class RedisEventFeed:
    """Fills the EventFeed port, for all readers of a process."""

    def __init__(self, redis: Redis, stored: StoredEvents) -> None:
        self._redis, self._stored = redis, stored
        self._hub = Hub(redis)
        self._admission = Admission()

    async def follow(
        self,
        log: LogKey,
        after: EventId,
        *,
        idle: Callable[[], Awaitable[bool]] | None = None,
        turn_id: UUID | None = None,
        at_most: float = 600.0,
    ) -> AsyncIterator[WireEvent]:
        """Yield everything after the id, in order, live; see the port for its ends."""
        replay = Replay(self._redis, self._stored, log, self._admission)
        mailbox = Mailbox()
        channel = self._hub.join(LogNames(log).channel, mailbox)
        try:
            reader = Reader(
                channel, mailbox, replay, after, idle=idle, turn_id=turn_id, at_most=at_most
            )
            await reader.subscribed()
            while batch := await reader.batch():
                # Neither a quiet reader nor one that blocks holds what it was given before.
                rest = list(reversed(batch))
                del batch
                while rest:
                    yield rest.pop()
        finally:
            self._hub.leave(channel, mailbox)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._hub.close()
