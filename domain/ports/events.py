"""The event log, as its writers and readers see it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.wire import WireEvent
from models.payloads.chat import Cursor
from models.payloads.events import Event, EventId, LoggedEvent, ReasoningDelta, TextDelta
from models.payloads.scope import LogKey


@dataclass(frozen=True, slots=True)
class WriterKey:
    """One attempt of one activity. A newer step, or a newer attempt of the same activity, shuts
    it out; activities that run side by side in one step do not."""

    log: LogKey
    turn_id: UUID
    number: int
    """The turn's number."""
    step: int
    activity: str
    """The activity's id, the same in all its attempts, unique in its turn."""
    attempt: int
    floor: int = 0
    """The highest sequence of this turn that Postgres holds, for when Redis has lost its memory."""


class LogWriter(Protocol):
    """Writes a turn's events. Redis away or full degrades the stream, never raises here;
    a newer attempt raises StaleAttemptError from `append` and `seal`."""

    cursor: Cursor | None
    """What an earlier attempt of this activity had reached at the provider."""
    text: str
    """The step's text that readers hold from that earlier attempt; empty when Redis lost it."""
    first_sequence: int
    """Sequence of that attempt's first text or reasoning event; 0 when there was none. To start the
    step again, append AttemptSuperseded from here on first."""
    halted: asyncio.Event
    """Set when the turn is to stop or a newer attempt has taken over: stop working."""
    stopped: bool
    """A person asked the turn to stop."""

    def send(self, event: TextDelta | ReasoningDelta, cursor: Cursor | None = None) -> None:
        """Send at once when no append is in flight, else with the next one. Never waits."""

    def mark(self, cursor: Cursor) -> None:
        """Keep the provider's cursor with the next append, or by itself."""

    async def append(self, key: str, event: Event) -> LoggedEvent:
        """Append a coarse event now. The same key in the same turn is appended once, whoever
        asks: later calls answer with the first one's id."""

    async def recall(self, key: str, event: Event) -> LoggedEvent | None:
        """The event as it was appended under this key in this turn, by whomever. None when it was
        not, or when Redis no longer knows."""

    async def seal(self, *events: Event) -> tuple[LoggedEvent, ...]:
        """Flush, then number the events that come next: commit these, then `publish` them.
        Only for activities that are alone in their step."""

    async def publish(self, events: Sequence[LoggedEvent]) -> None:
        """Append events that are committed; those already in the log are passed over. Never
        raises StaleAttemptError: what is stored may be shown whoever writes now."""


class EventLog(Protocol):
    """The writers' side, for activities."""

    def writing(
        self, key: WriterKey, is_current: Callable[[], Awaitable[bool]]
    ) -> AbstractAsyncContextManager[LogWriter]:
        """Raise the fence and write; StaleAttemptError on entering when a newer one stands.
        `is_current` asks Postgres whether this attempt may still write: false when a newer attempt
        wrote its fence, when the step is committed or a newer one has begun, or when the turn has
        ended. It is called only when Redis has lost its memory. (A turn that has ended needs no
        writer: `announce` its events.)"""

    async def announce(self, log: LogKey, events: Sequence[LoggedEvent]) -> None:
        """Append committed events that belong to no turn's writer; never raises for Redis."""


class EventReader(Protocol):
    """The readers' side: for the edge, and for activities that show one log in another."""

    def follow(
        self,
        log: LogKey,
        after: EventId,
        *,
        idle: Callable[[], Awaitable[bool]] | None = None,
        turn_id: UUID | None = None,
        at_most: float = 600.0,
    ) -> AsyncIterator[WireEvent]:
        """Yield everything after the id, in order, live. It ends with the end of `turn_id`; or,
        when `idle` is given, as soon as the reader has everything and `idle()` is true; or
        after `at_most` seconds, and when the reader is too slow (it then resumes)."""


class EventFeed(EventReader, Protocol):
    """And what the edge asks besides."""

    async def newest(self, log: LogKey) -> EventId:
        """The highest id of the log so far, START when it has none: where somebody stands who is
        about to send and wants only what follows. From Postgres when Redis is away or empty."""

    async def forget(self, log: LogKey) -> None:
        """Drop the live stream: what was erased in Postgres must not be replayed from Redis.
        UnavailableError when Redis is away."""


class StopFlags(Protocol):
    """The fast path of a stop, felt by the next append."""

    async def stop(self, log: LogKey, turn_id: UUID) -> None:
        """Raise the flag; UnavailableError when Redis is away (Temporal's path still stops it)."""


class StoredEvents(Protocol):
    """The log's durable part: coarse events of all time."""

    async def after(
        self, log: LogKey, after: EventId, before: EventId | None, limit: int
    ) -> Sequence[LoggedEvent]:
        """Events with `after < id < before`, lowest first, `limit` at most."""
