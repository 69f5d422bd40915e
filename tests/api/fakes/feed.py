"""The log of events in memory, and flags to stop by."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

from domain import wire
from domain.wire import WireEvent
from models.payloads.events import START, TURN_ENDS, Event, EventId, LoggedEvent
from models.payloads.scope import LogKey
from tests.api.fakes.clock import NOW


class MemoryFeed:
    """One list per log; readers wait on a condition."""

    def __init__(self) -> None:
        self.logs: dict[LogKey, list[WireEvent]] = {}
        self.forgotten: list[LogKey] = []
        self.following = 0
        self._changed = asyncio.Condition()

    async def add(self, log: LogKey, turn_id: UUID, event_id: EventId, event: Event) -> None:
        logged = LoggedEvent(id=event_id, at=NOW, turn_id=turn_id, event=event)
        async with self._changed:
            self.logs.setdefault(log, []).append(wire.encode(logged))
            self._changed.notify_all()

    async def newest(self, log: LogKey) -> EventId:
        return max((event.id for event in self.logs.get(log, [])), default=START)

    async def forget(self, log: LogKey) -> None:
        self.forgotten.append(log)
        self.logs.pop(log, None)

    async def follow(
        self,
        log: LogKey,
        after: EventId,
        *,
        idle: Callable[[], Awaitable[bool]] | None = None,
        turn_id: UUID | None = None,
        at_most: float = 600.0,
    ) -> AsyncIterator[WireEvent]:
        self.following += 1
        try:
            while True:
                event = await self._next(log, after, idle, at_most)
                if event is None:
                    return
                yield event
                after = event.id
                if event.turn_id == str(turn_id) and event.kind in TURN_ENDS:
                    return
        finally:
            self.following -= 1

    async def _next(
        self,
        log: LogKey,
        after: EventId,
        idle: Callable[[], Awaitable[bool]] | None,
        seconds: float,
    ) -> WireEvent | None:
        while True:
            for event in self.logs.get(log, []):
                if event.id > after:
                    return event
            if idle is not None and await idle():
                return None
            try:
                async with asyncio.timeout(seconds), self._changed:
                    await self._changed.wait()
            except TimeoutError:
                return None


class RaisedFlags:
    def __init__(self) -> None:
        self.raised: list[UUID] = []
        self.failure: Exception | None = None

    async def stop(self, log: LogKey, turn_id: UUID) -> None:
        if self.failure:
            raise self.failure
        self.raised.append(turn_id)
