"""One attempt of an activity, writing its turn's events: never waiting for Redis, never lost."""

import asyncio
import contextlib
import time
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from redis.exceptions import ResponseError

from adapters.events.connection import AWAY, LogNames
from adapters.events.item import Item, words
from adapters.events.link import Link
from adapters.events.script import Answer, LogScript
from adapters.events.sofar import TextReader
from domain import wire
from domain.ports.events import WriterKey
from models.errors import StaleAttemptError, UnavailableError
from models.payloads.chat import Cursor
from models.payloads.events import (
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    ReasoningDelta,
    TextDelta,
    TextSnapshot,
    TextWithdrawn,
)

# How often a silent writer asks whether its turn is to stop: stops are felt within 0.5 s.
TICK_SECONDS = 0.2
# How often a writer without Redis tries again.
PROBE_SECONDS = 0.5
# A call that takes longer counts as failed, and the script refuses to run it once `VALID` is over:
# an append that a stalled Redis carries out later would show an event twice.
CALL_SECONDS = 1.0
VALID_MILLISECONDS = 900
# Events of one append at most: keeps one script call under a few milliseconds.
BATCH = 256
# Committed events kept for Redis's return; older ones are read from where they are stored.
OWED = 256
# Past what other writers may have appended since this one last looked.
JUMP = 1_000
# Past what earlier attempts may have shown without storing it.
ATTEMPT_JUMP = 1_000_000
# A turn opens with at most so many stored events. While there are no more, its first activity runs,
# and its first attempt may number from there although Redis does not know the turn.
OPENING = 3
# Restores for one append: a Redis that forgets more often is as good as away.
RESTORES = 3
# Lost without harm: text is sent again as a snapshot.
PASSING = (TextDelta, ReasoningDelta, TextSnapshot)
NEVER = 2**53


class RedisLogWriter:
    """Fills the LogWriter port. One task makes all calls to Redis, one at a time."""

    def __init__(
        self,
        script: LogScript,
        texts: TextReader,
        link: Link,
        key: WriterKey,
        is_current: Callable[[], Awaitable[bool]],
    ) -> None:
        self.cursor: Cursor | None = None
        self.text = ""
        self.first_sequence = 0
        self.halted = asyncio.Event()
        self.stopped = False

        self._script, self._texts, self._link = script, texts, link
        self._key, self._is_current = key, is_current
        self._names = LogNames(key.log)
        self._who = (key.number, str(key.turn_id), key.step, key.activity, key.attempt)

        self._queue: deque[Item] = deque()
        self._new_cursor: Cursor | None = None
        self._memory: list[str] = []
        self._torn = False
        """Readers may hold another text than we do: the next text event is a snapshot."""
        self._opened = self._degraded = self._stale = self._flushing = False
        self._number = 0
        self._told = 0
        """The highest sequence that Redis told us."""
        self._given = 0
        """The highest sequence that we gave out ourselves."""
        self._base = key.floor
        """What we may count from when Redis has told us nothing."""
        self._clock = 0
        """Redis's clock less ours, in milliseconds."""
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._drained = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # The port

    def send(self, event: TextDelta | ReasoningDelta, cursor: Cursor | None = None) -> None:
        if self._stale:
            return
        if cursor is not None:
            self._new_cursor = cursor
        if isinstance(event, TextDelta):
            self._memory.append(event.text)
        if self._degraded:
            self._torn = True
        elif self._queue and self._queue[-1].joins(event):
            self._queue[-1].more.append(event.text)
        else:
            self._put(Item(event, wire.now(), self._key.turn_id))

    def mark(self, cursor: Cursor) -> None:
        self._new_cursor = cursor
        self._wake.set()

    async def append(self, key: str, event: Event) -> LoggedEvent:
        self._check()
        if isinstance(event, AttemptSuperseded | TextWithdrawn):
            self._memory.clear()
        item = Item(event, wire.now(), self._key.turn_id, key=key)
        if self._alone:
            place = self._owe(item)
        else:
            item.answer = asyncio.get_running_loop().create_future()
            self._put(item)
            place = EventId(self._key.number, await item.answer)
        return LoggedEvent(id=place, at=item.at, turn_id=item.turn_id, event=event)

    async def seal(self, *events: Event) -> tuple[LoggedEvent, ...]:
        self._check()
        while self._flushing or (self._queue and not self._degraded):
            self._drained.clear()
            await self._drained.wait()
            self._check()
        if events:
            # What comes now replaces the text: it needs no snapshot any more.
            self._memory.clear()
            self._torn = False
        at = wire.now()
        return tuple(
            LoggedEvent(id=self._next(), at=at, turn_id=self._key.turn_id, event=event)
            for event in events
        )

    async def publish(self, events: Sequence[LoggedEvent]) -> None:
        items = [Item.of(logged) for logged in events if logged.id.turn == self._key.number]
        if not items:
            return
        if self._alone:
            for item in items:
                self._owe(item)
            return
        answer = items[-1].answer = asyncio.get_running_loop().create_future()
        try:
            self._check()
            self._queue.extend(items)
            self._wake.set()
            await answer
        except StaleAttemptError:
            # They stand in the store: no fence keeps them from readers.
            await self._script.announce(self._names, items)

    # Its life

    async def open(self) -> None:
        """Raise the fence; StaleAttemptError when a newer one stands."""
        await self._guarded(self._open())
        self._task = asyncio.create_task(self._run(), name=f"writer of {self._key.activity}")

    async def close(self) -> None:
        """Send what is left, within bounds."""
        self._closing.set()
        self._wake.set()
        self._link.up(self)
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=2 * CALL_SECONDS)
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled() and (error := self._task.exception()):
            raise error

    async def _run(self) -> None:
        error: Exception = RuntimeError("the writer has ended")
        try:
            while not await self._round():
                self._drained.set()
        except StaleAttemptError as stale:
            error, self._stale = stale, True
            self.halted.set()
            if committed := [item for item in self._queue if item.committed]:
                await self._script.announce(self._names, committed)
        finally:
            for item in self._queue:
                item.fail(error)
            self._drained.set()

    async def _round(self) -> bool:
        """Wait for something to do and do it; True at the end."""
        if self._degraded:
            await _wait(self._closing, PROBE_SECONDS)
        elif not self._waiting:
            await _wait(self._wake, TICK_SECONDS)
        ending = self._closing.is_set()
        self._wake.clear()
        if self._degraded or self._waiting:
            await self._guarded(self._flush())
        elif not ending:
            await self._guarded(self._look())
        return ending and (self._degraded or not self._waiting)

    async def _guarded(self, call: Coroutine[None, None, None]) -> None:
        """Bound a call, and do without Redis when it fails."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await call
        except (*AWAY, UnavailableError) as error:
            await self._degrade(error)
        finally:
            self._flushing = False

    # Calls

    async def _open(self) -> None:
        late = self._task is not None
        key = self._key
        fresh = key.attempt == 1 and key.floor <= OPENING
        answer = await self._call("open", key.floor, int(fresh))
        if answer.status == "lost":
            await self._restore()
            return
        first, cursor = answer.rest
        if late:
            # The activity has begun without knowing what readers hold.
            self._torn = True
        elif first:
            place = EventId(key.number, first)
            text, complete = await self._texts.read(self._names, key.step, place, answer.sequence)
            self.first_sequence, self.text = first, text if complete else ""
            self._memory = [self.text] if self.text else []
            cursor = cursor if complete else b""
        if cursor and not late:
            self.cursor = Cursor.model_validate_json(cursor)
        self._opened = True

    async def _restore(self) -> None:
        """Redis has forgotten this turn, or this writer: number on from where nobody has been."""
        if not await self._is_current():
            raise StaleAttemptError("a newer attempt writes this step")
        self._forget()
        floor = max(self._told, self._given, self._base) + JUMP
        await self._call("restore", floor)
        self._opened = True

    def _forget(self) -> None:
        """Take it that readers hold what we do not know."""
        self._torn = True
        if not self._told and self._key.attempt > 1:
            self._base = self._key.floor + self._key.attempt * ATTEMPT_JUMP

    async def _look(self) -> None:
        if not self._opened:
            await self._open()
        elif (await self._call("look")).status == "lost":
            await self._restore()

    async def _flush(self) -> None:
        """Append what waits; without Redis, this is how it is tried again."""
        # Until the end of this, also while Redis is restored: what was sent may have been shown.
        self._flushing = True
        if not self._opened:
            await self._open()
        for _ in range(RESTORES):
            status = await self._append()
            if status == "ok":
                self._degraded = False
                self._link.up(self)
                return
            if status == "lost":
                await self._restore()
        raise UnavailableError(f"Redis takes no appends: {status}", code="events_unavailable")

    async def _append(self) -> str:
        items, cursor = self._take()
        self._number += 1
        told = None
        try:
            answer = await self._call(
                "append",
                self._number,
                self._told,
                self._given,
                self._clock + _now() + VALID_MILLISECONDS if self._clock else NEVER,
                cursor.model_dump_json() if cursor else "",
                *words(items),
            )
            told = answer.rest if answer.status == "ok" else None
        finally:
            if told is None:
                self._put_back(items, cursor)
        for item, sequence in zip(items, told or (), strict=told is not None):
            item.settle(sequence)
        return answer.status

    async def _call(self, operation: str, *arguments: str | bytes | int) -> Answer:
        answer = await self._script.call(operation, self._names, *self._who, *arguments)
        if answer.status == "stale":
            raise StaleAttemptError("a newer attempt writes this step")
        if answer.now:
            self._clock = answer.now - _now()
        self._told = max(self._told, answer.sequence)
        if answer.stopped and not self.stopped:
            self.stopped = True
            self.halted.set()
        return answer

    # What waits

    @property
    def _waiting(self) -> bool:
        torn = self._torn and bool(self._memory)
        return bool(self._queue) or self._new_cursor is not None or torn

    def _put(self, item: Item) -> None:
        self._queue.append(item)
        self._wake.set()

    def _take(self) -> tuple[list[Item], Cursor | None]:
        if self._torn and self._memory:
            self._mend()
        items = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        cursor, self._new_cursor = self._new_cursor, None
        return items, cursor

    def _mend(self) -> None:
        """Put the whole text in place of its deltas, behind what was numbered before."""
        self._torn = False
        items = [item for item in self._queue if not isinstance(item.event, TextDelta)]
        place = 0
        for index, item in enumerate(items, start=1):
            if item.id is not None or item.drops_text:
                place = index
        self._memory = ["".join(self._memory)]
        snapshot = TextSnapshot(step=self._key.step, text=self._memory[0])
        items.insert(place, Item(snapshot, wire.now(), self._key.turn_id))
        self._queue = deque(items)

    def _put_back(self, items: list[Item], cursor: Cursor | None) -> None:
        kept = [item for item in items if not isinstance(item.event, PASSING)]
        self._torn = self._torn or len(kept) < len(items)
        self._queue.extendleft(reversed(kept))
        if self._new_cursor is None:
            self._new_cursor = cursor

    # Without Redis

    @property
    def _alone(self) -> bool:
        """Whether we number by ourselves. Not while Redis is tried: it may number past us."""
        return self._degraded and not self._flushing

    async def _degrade(self, error: Exception) -> None:
        if not self._opened:
            self._forget()
        self._degraded = True
        self._link.down(self, error)
        waiting, self._queue = self._queue, deque()
        for item in waiting:
            if isinstance(item.event, PASSING):
                self._torn = True
            else:
                self._owe(item)
        if self._queue and isinstance(error, ResponseError):
            # It answers and stores nothing (memory full): readers shall look elsewhere.
            with contextlib.suppress(*AWAY):
                await self._script.hint(self._names)

    def _owe(self, item: Item) -> EventId:
        """Number an event ourselves, and keep it for Redis's return."""
        place = item.id = item.id or self._next()
        item.settle(place.sequence)
        self._queue.append(item)
        if len(self._queue) > OWED:
            self._queue.popleft()
        return place

    def _next(self) -> EventId:
        sequence = max(self._told, self._given) + 1
        if self._degraded:
            # Past what may have arrived unseen. Writers that number side by side stay apart, and
            # in the order of time as far as they noticed the outage together.
            spread = zlib.crc32(self._key.activity.encode()) & 0xFFFF
            far = max(self._told, self._base) + JUMP + (self._link.elapsed() << 16 | spread)
            sequence = max(self._given + 1, far)
        self._given = sequence
        return EventId(self._key.number, sequence)

    def _check(self) -> None:
        if self._stale:
            raise StaleAttemptError("a newer attempt writes this step")
        if self._task is not None and self._task.done():
            raise RuntimeError("the writer has ended")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _now() -> int:
    return time.monotonic_ns() // 1_000_000
