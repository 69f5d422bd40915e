"""One attempt of an activity, writing its turn's events: never waiting for Redis, never lost."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from redis.exceptions import ResponseError

from adapters.events.calls import Calls
from adapters.events.connection import AWAY, within
from adapters.events.item import Item
from adapters.events.link import Link
from adapters.events.outbox import Outbox
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
    TextWithdrawn,
)

# How often a silent writer asks whether its turn is to stop: stops are felt within 0.5 s.
TICK_SECONDS = 0.2
# How often a writer without Redis tries again.
PROBE_SECONDS = 0.5
# A call that takes longer counts as failed; longer than an append is valid (see
# calls.VALID_MILLISECONDS), also where this process stood still and gives it as long once more.
CALL_SECONDS = 1.0
# A round that stood still like that, and one more.
LAST_SECONDS = 3 * CALL_SECONDS
# Restores for one append: a Redis that forgets more often is as good as away.
RESTORES = 3


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
        self._calls = Calls(script, key)

        self._outbox = Outbox(key.turn_id, key.step)
        self._opened = self._degraded = self._stale = self._flushing = False
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._drained = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # The port

    def send(self, event: TextDelta | ReasoningDelta, cursor: Cursor | None = None) -> None:
        if self._stale:
            return
        if cursor is not None:
            self._outbox.reach(cursor)
        self._outbox.say(event, kept=not self._degraded)
        self._wake.set()

    def mark(self, cursor: Cursor) -> None:
        self._outbox.reach(cursor)
        self._wake.set()

    async def append(self, key: str, event: Event) -> LoggedEvent:
        self._check()
        if isinstance(event, AttemptSuperseded | TextWithdrawn):
            self._outbox.begin_text("")
        item = self._outbox.make(event, key)
        if self._alone:
            place = self._owe(item)
        else:
            item.answer = asyncio.get_running_loop().create_future()
            self._outbox.put(item)
            self._wake.set()
            place = EventId(self._key.number, await item.answer)
        return LoggedEvent(id=place, at=item.at, turn_id=item.turn_id, event=event)

    async def recall(self, key: str, event: Event) -> LoggedEvent | None:
        self._check()
        number = None
        if not self._degraded:
            with contextlib.suppress(*AWAY):
                async with within(CALL_SECONDS):
                    number = await self._script.number(self._calls.names, key)
        if number is None:
            return None
        place = EventId(self._key.number, number)
        return LoggedEvent(id=place, at=wire.now(), turn_id=self._key.turn_id, event=event)

    async def seal(self, *events: Event) -> tuple[LoggedEvent, ...]:
        self._check()
        while self._flushing or (self._outbox and not self._degraded):
            self._drained.clear()
            await self._drained.wait()
            self._check()
        if events:
            # What comes now replaces the text: it needs no snapshot any more.
            self._outbox.begin_text("")
            self._outbox.torn = False
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
            self._outbox.put(*items)
            self._wake.set()
            await answer
        except StaleAttemptError:
            # They stand in the store: no fence keeps them from readers.
            await self._script.announce(self._calls.names, items)

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
        await asyncio.wait({self._task}, timeout=LAST_SECONDS)
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
            if committed := [item for item in self._outbox if item.committed]:
                await self._script.announce(self._calls.names, committed)
        finally:
            for item in self._outbox:
                item.fail(error)
            self._drained.set()

    async def _round(self) -> bool:
        """Wait for something to do and do it; True at the end."""
        if self._degraded:
            await _wait(self._closing, PROBE_SECONDS)
        elif not self._outbox.waiting:
            await _wait(self._wake, TICK_SECONDS)
        ending = self._closing.is_set()
        self._wake.clear()
        if self._degraded or self._outbox.waiting:
            await self._guarded(self._flush())
        elif not ending:
            await self._guarded(self._look())
        return ending and (self._degraded or not self._outbox.waiting)

    async def _guarded(self, call: Coroutine[None, None, None]) -> None:
        """Bound a call, and do without Redis when it fails."""
        try:
            async with within(CALL_SECONDS):
                await call
        except (*AWAY, UnavailableError) as error:
            await self._degrade(error)
        finally:
            self._flushing = False

    # Calls

    async def _open(self) -> None:
        late = self._task is not None
        answer = self._felt(await self._calls.open())
        if answer.status == "lost":
            await self._restore()
            return
        first, cursor = answer.rest
        if late:
            # The activity has begun without knowing what readers hold.
            self._outbox.torn = True
        elif first:
            place = EventId(self._key.number, first)
            text, complete = await self._texts.read(
                self._calls.names, self._key.step, place, answer.sequence
            )
            self.first_sequence, self.text = first, text if complete else ""
            self._outbox.begin_text(self.text)
            cursor = cursor if complete else b""
        if cursor and not late:
            self.cursor = Cursor.model_validate_json(cursor)
        self._opened = True

    async def _restore(self) -> None:
        """Redis has forgotten this turn, or this writer: number on from where nobody has been."""
        if not await self._is_current():
            raise StaleAttemptError("a newer attempt writes this step")
        self._forget()
        self._felt(await self._calls.restore())
        self._opened = True

    def _forget(self) -> None:
        """Take it that readers hold what we do not know."""
        self._outbox.torn = True
        self._calls.numbers.forget()

    async def _look(self) -> None:
        if not self._opened:
            await self._open()
        elif self._felt(await self._calls.look()).status == "lost":
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
        items, cursor = self._outbox.take()
        told = None
        try:
            answer = self._felt(await self._calls.append(items, cursor))
            told = answer.rest if answer.status == "ok" else None
        finally:
            if told is None:
                self._outbox.put_back(items, cursor)
        for item, sequence in zip(items, told or (), strict=told is not None):
            item.settle(sequence)
        return answer.status

    def _felt(self, answer: Answer) -> Answer:
        if answer.stopped and not self.stopped:
            self.stopped = True
            self.halted.set()
        return answer

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
        for item in self._outbox.clear():
            self._owe(item)
        if self._outbox and isinstance(error, ResponseError):
            # It answers and stores nothing (memory full): readers shall look elsewhere.
            with contextlib.suppress(*AWAY):
                await self._script.hint(self._calls.names)

    def _owe(self, item: Item) -> EventId:
        """Number an event ourselves, and keep it for Redis's return."""
        place = item.id = item.id or self._next()
        item.settle(place.sequence)
        self._outbox.owe(item)
        return place

    def _next(self) -> EventId:
        if self._degraded:
            return self._calls.numbers.apart(self._link.elapsed())
        return self._calls.numbers.following()

    def _check(self) -> None:
        if self._stale:
            raise StaleAttemptError("a newer attempt writes this step")
        if self._task is not None and self._task.done():
            raise RuntimeError("the writer has ended")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
