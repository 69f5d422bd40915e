"""A reader under test: collects what a feed gives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from adapters.events.feed import RedisEventFeed
from domain import wire
from domain.fold import Folded, fold
from domain.wire import WireEvent
from models.payloads.events import START, EventId, LoggedEvent
from models.payloads.scope import LogKey
from tests.waiting import PATIENCE


class Following:
    """Reads in the background; `seen` grows, over all its connections."""

    def __init__(self, feed: RedisEventFeed, log: LogKey, after: EventId = START) -> None:
        self.seen: list[WireEvent] = []
        self._feed, self._log, self._after = feed, log, after
        self._grown = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._turn_id: UUID | None = None
        self._idle: Callable[[], Awaitable[bool]] | None = None

    def start(
        self, turn_id: UUID | None = None, idle: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        self._turn_id, self._idle = turn_id, idle
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        after = self.seen[-1].id if self.seen else self._after
        following = self._feed.follow(self._log, after, turn_id=self._turn_id, idle=self._idle)
        async for event in following:
            self.seen.append(event)
            async with self._grown:
                self._grown.notify_all()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def reconnect(self) -> None:
        """Leave, and come back with the last id that was seen."""
        await self.stop()
        self.start(self._turn_id, self._idle)

    async def ended(self) -> None:
        """Wait for the feed to end by itself."""
        assert self._task is not None
        async with asyncio.timeout(PATIENCE):
            await self._task

    async def until(self, wanted: Callable[[list[WireEvent]], bool]) -> list[WireEvent]:
        async with asyncio.timeout(PATIENCE), self._grown:
            await self._grown.wait_for(lambda: bool(self.seen) and wanted(self.seen))
        return self.seen

    async def reaches(self, place: EventId) -> None:
        await self.until(lambda seen: seen[-1].id >= place)

    @property
    def logged(self) -> list[LoggedEvent]:
        return [wire.decode(event.data) for event in self.seen]

    @property
    def folded(self) -> Folded:
        return fold(self.logged)

    @property
    def ids(self) -> list[EventId]:
        return [event.id for event in self.seen]


@asynccontextmanager
async def following(
    feed: RedisEventFeed,
    log: LogKey,
    after: EventId = START,
    turn_id: UUID | None = None,
    idle: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncIterator[Following]:
    reader = Following(feed, log, after)
    reader.start(turn_id, idle)
    try:
        yield reader
    finally:
        await reader.stop()
