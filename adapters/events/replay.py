"""What a reader has missed: from the live log as far as it reaches, else from the store."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from redis.asyncio import Redis

from adapters.events import stream
from adapters.events.connection import AWAY, LogNames, command
from domain import wire
from domain.ports.events import StoredEvents
from domain.wire import WireEvent
from models.payloads.events import START, TURN_ENDS, EventId
from models.payloads.scope import LogKey

# Events read at once, live and stored: a reader that blocks holds that much, some 25 KB; and while
# thousands come back together, each takes a millisecond and lets the next one in.
LIVE = 64
STORED = 64
# Reads at once of all readers of a process. Of Redis: fewer than connections, so that a crowd
# queues here and not there. Of Postgres: a crowd leaves more than half of the pool to others.
LIVE_READS = 32
STORED_READS = 4
# Each asks Postgres, and perhaps Temporal.
IDLE_CHECKS = 8
# Turns looked through for an end that lies behind a reader's cursor.
PAST_TURNS = 20

TEXTS = frozenset({"text.delta", "text.snapshot", "reasoning.delta"})


def ends_turn(event: WireEvent) -> bool:
    """Whether nothing more of the event's turn number can follow."""
    return event.kind in TURN_ENDS or not event.turn_id


class Position(NamedTuple):
    """How far a reader is. `ended`: known to be the end of its turn."""

    id: EventId
    ended: bool

    def precedes(self, other: EventId) -> bool:
        """Whether nothing lies between here and there: live numbers have no gaps."""
        if other.turn == self.id.turn:
            return other.sequence == self.id.sequence + 1
        return self.ended and other == EventId(self.id.turn + 1, 1)


class Page(NamedTuple):
    """Some events and where they lead. `more`: read on from there. `complete`: the live log vouches
    that the reader has everything."""

    events: list[WireEvent]
    at: Position
    more: bool = False
    complete: bool = False


class Gone(NamedTuple):
    """Text of a step that a later attempt has superseded: `since <= sequence < by`."""

    turn: int
    step: int
    since: int
    by: int

    def covers(self, event: WireEvent, step: int) -> bool:
        return (
            event.kind in TEXTS
            and step == self.step
            and event.id.turn == self.turn
            and self.since <= event.id.sequence < self.by
        )


class Admission:
    """Lets readers of a process in, in the order of their coming."""

    __slots__ = ("idle", "live", "stored")

    def __init__(self) -> None:
        self.live = asyncio.Semaphore(LIVE_READS)
        self.stored = asyncio.Semaphore(STORED_READS)
        self.idle = asyncio.Semaphore(IDLE_CHECKS)


class Replay:
    """Reads one log for one reader. Redis's errors and UnavailableError pass through."""

    __slots__ = ("_admission", "_log", "_redis", "_seen", "_stored")

    def __init__(
        self, redis: Redis, stored: StoredEvents, log: LogKey, admission: Admission
    ) -> None:
        self._redis, self._stored, self._log = redis, stored, log
        self._admission = admission
        self._seen = START
        """The newest stored event at the last look without Redis."""

    async def after(self, at: Position) -> Page:
        """Give what follows in the live log, with what the store has where the log has a gap."""
        async with self._admission.live:
            entries, last, ended, gone = await self._live(at.id)
        if not entries:
            here = last == at.id
            return Page([], at._replace(ended=at.ended or (here and ended)), complete=here)
        first = entries[0][0].id
        if not at.precedes(first):
            stored = await self._between(at.id, first)
            if stored:
                return Page(stored, reach(at, stored), more=True)
        run = _unbroken(entries)
        events = [event for event, step in run if not any(g.covers(event, step) for g in gone)]
        there = reach(at, [event for event, _ in run])
        whole = len(run) == len(entries) < LIVE
        return Page(events, there, more=not whole, complete=whole)

    async def beyond(self, at: Position, *, settle: bool) -> list[WireEvent]:
        """Give stored events that the live log does not have. With `settle`, events of a turn that
        goes on are held back until the next look: one with a lower id may still be on its way."""
        stored = await self._between(at.id, None)
        if stored and not await self._silent(at.id):
            return []
        if not settle:
            return stored
        known = max((event.id for event in stored if ends_turn(event)), default=self._seen)
        known = max(known, self._seen)
        self._seen = max((event.id for event in stored), default=self._seen)
        return [event for event in stored if event.id <= known]

    async def ended_before(self, turn_id: str, at: EventId) -> bool:
        """Whether the turn's end lies at or before the place, within the last turns."""
        before = EventId(at.turn, at.sequence + 1)
        after = EventId(max(at.turn - PAST_TURNS, 0), 0)
        while stored := await self._between(after, before):
            if any(event.turn_id == turn_id and event.kind in TURN_ENDS for event in stored):
                return True
            after = stored[-1].id
        return False

    async def asked(self, question: Callable[[], Awaitable[bool]]) -> bool:
        """The answer, when it is this reader's turn to ask."""
        async with self._admission.idle:
            return await question()

    async def _live(
        self, after: EventId
    ) -> tuple[list[tuple[WireEvent, int]], EventId | None, bool, list[Gone]]:
        # Superseded ranges are read after the entries, so that they cover all of them.
        names = LogNames(self._log)
        page = await stream.page(self._redis, names, after, count=LIVE)
        fields = ("last", "ended", "gone", "old")
        last, ended, gone, old = await command(self._redis, "HMGET", names.meta, *fields)
        entries = [wire.parse(data) for data in page]
        newest = None if last is None else EventId.parse(last.decode().replace("-", "."))
        return entries, newest, ended == b"1", _ranges((old or b"") + (gone or b""))

    async def _silent(self, after: EventId) -> bool:
        try:
            async with self._admission.live:
                return not await stream.page(self._redis, LogNames(self._log), after, count=1)
        except AWAY:
            return True

    async def _between(self, after: EventId, before: EventId | None) -> list[WireEvent]:
        async with self._admission.stored:
            stored = await self._stored.after(self._log, after, before, STORED)
        return [wire.encode(logged) for logged in stored]


def _ranges(text: bytes) -> list[Gone]:
    return [Gone(*map(int, part.split(b":"))) for part in text.split(b";") if part]


def _unbroken(entries: list[tuple[WireEvent, int]]) -> list[tuple[WireEvent, int]]:
    """Give the entries up to the first gap."""
    for index in range(1, len(entries)):
        before = entries[index - 1][0]
        if not Position(before.id, ends_turn(before)).precedes(entries[index][0].id):
            return entries[:index]
    return entries


def reach(at: Position, events: Iterable[WireEvent]) -> Position:
    """Give the place behind the last of the events."""
    for event in events:
        at = Position(event.id, ends_turn(event))
    return at
