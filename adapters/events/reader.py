"""One reader's way through a log: what to look at next, and when to end."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog

from adapters.events.connection import AWAY
from adapters.events.hub import Channel
from adapters.events.mailbox import Mailbox, Message
from adapters.events.replay import Position, Replay, ends_turn, reach
from domain.wire import WireEvent
from models.errors import UnavailableError
from models.payloads.events import START, TURN_ENDS, EventId

_LOG = structlog.get_logger(__name__)

# A first look waits so long for the subscription; then it reads what there is.
SUBSCRIBE_SECONDS = 0.3
# How often a reader without a subscription, or without Redis, looks by itself.
POLL_SECONDS = 1.0
# How often a reader that hears nothing makes sure that there is nothing; spread by a fifth.
QUIET_SECONDS = 15.0
# Every so many of these checks ask the store as well; all of a reader that awaits a turn's end.
STORE_CHECKS = 4
# How often a waiting reader asks whether the conversation is idle, once no turn is under way; while
# one is, its end is awaited, and the question is a quiet reader's.
IDLE_SECONDS = 2.0
# Looks at the store after a hint: a look hands out what an earlier one has seen.
LOOKS = 3
LOOK_SECONDS = 0.5


class Reader:
    """Follows one log for one caller."""

    __slots__ = (
        "_at", "_away", "_behind", "_channel", "_check_due", "_checks", "_clock", "_finished",
        "_idle", "_idle_due", "_leaving", "_look_due", "_looks", "_mailbox", "_replay",
        "_retry_due", "_turn", "_unsure", "_unsure_due", "_until",
    )  # fmt: skip

    def __init__(
        self,
        channel: Channel,
        mailbox: Mailbox,
        replay: Replay,
        after: EventId,
        *,
        idle: Callable[[], Awaitable[bool]] | None,
        turn_id: UUID | None,
        at_most: float,
    ) -> None:
        self._channel, self._mailbox, self._replay = channel, mailbox, replay
        self._idle, self._turn = idle, "" if turn_id is None else str(turn_id)
        self._at = Position(after, ended=after == START)
        self._clock = asyncio.get_running_loop()
        self._behind = True
        self._away = self._finished = False
        self._leaving = False
        """Idle: one more look at everything, then the end."""
        self._unsure = bool(self._turn) and after > START
        """The turn's end may lie behind the cursor; asked only when nothing of it comes."""
        self._looks = self._checks = 0
        self._retry_due = self._look_due = self._idle_due = 0.0
        self._unsure_due = self._clock.time() + LOOK_SECONDS
        self._check_due = self._clock.time() + _about(QUIET_SECONDS)
        self._until = self._clock.time() + at_most

    async def subscribed(self) -> None:
        """Wait until Redis tells us what is new, but not for long."""
        until = self._clock.time() + SUBSCRIBE_SECONDS
        while not self._channel.ready and self._clock.time() < until:
            self._mailbox.again = False
            await self._mailbox.wait(until)
        if self._channel.ready:
            self._mailbox.again = False

    async def batch(self) -> Sequence[WireEvent]:
        """Wait for events, in order; none at an end."""
        while not (self._finished or self._mailbox.ended):
            self._notice()
            events = await self._next()
            if events:
                return self._up_to_end(events)
            if self._clock.time() >= self._until:
                break
            if not self._finished:
                await self._mailbox.wait(min(self._until, self._due()))
        return ()

    def _notice(self) -> None:
        """Take in what the mailbox and the clock say."""
        now, mailbox = self._clock.time(), self._mailbox
        if mailbox.hinted:
            self._looks, self._look_due = LOOKS, 0.0
        if mailbox.again or mailbox.hinted:
            self._behind, self._retry_due = True, 0.0
        mailbox.again = mailbox.hinted = False
        if now >= self._check_due:
            self._check_due = now + _about(QUIET_SECONDS)
            self._checks += 1
            self._behind = True
            if self._turn or self._checks % STORE_CHECKS == 0:
                self._looks = max(self._looks, 2)
        if self._deaf and now >= self._retry_due:
            self._behind = True

    @property
    def _deaf(self) -> bool:
        """Without Redis, or without its messages: what is new must be asked for."""
        return self._away or not self._channel.ready

    def _due(self) -> float:
        """When to look again although nothing was heard."""
        due = self._check_due
        if self._behind or self._deaf:
            due = min(due, self._retry_due)
        if self._looks:
            due = min(due, self._look_due)
        if self._unsure:
            due = min(due, self._unsure_due)
        if self._idle is not None and not self._behind:
            due = min(due, self._idle_due)
        return due

    async def _next(self) -> Sequence[WireEvent]:
        """Give what can be given now; nothing when there is nothing."""
        try:
            if self._behind:
                events = await self._catch_up()
                if events or not self._caught_up:
                    return events
            while (message := self._mailbox.take()) is not None:
                if events := self._fresh(message):
                    return events
                if not self._caught_up:
                    return await self._catch_up()
            return await self._look_around()
        except UnavailableError as error:
            _LOG.info("event_feed.store_unavailable", code=error.code)
            self._behind, self._retry_due = True, self._clock.time() + POLL_SECONDS
            return ()

    @property
    def _caught_up(self) -> bool:
        return not (self._behind or self._finished)

    def _fresh(self, message: Message) -> Sequence[WireEvent]:
        """Give what is new in a message, up to a gap: what lies behind it is read from the log."""
        at, events = self._at, message.events
        if events[-1].id <= at.id:
            return ()
        new = [event for event in events if event.id > at.id]
        for index, event in enumerate(new):
            if not at.precedes(event.id):
                self._behind, self._retry_due = True, 0.0
                new = new[:index]
                break
            at = Position(event.id, ends_turn(event))
        self._at = at
        return new

    async def _catch_up(self) -> Sequence[WireEvent]:
        """Read what was missed, a page at a time; `_behind` falls when there is no more."""
        if self._clock.time() < self._retry_due:
            # They are read from the log then.
            self._mailbox.clear()
            return ()
        try:
            page = await self._replay.after(self._at)
            while page.more and not page.events:
                page = await self._replay.after(page.at)
        except AWAY:
            self._away = True
            return await self._beyond(settle=not self._leaving)
        self._at, self._away = page.at, False
        if page.complete and not self._leaving:
            # What came since lies in the mailbox: there is no need to read until nothing comes.
            self._arrive()
        elif not page.events:
            return await self._beyond(settle=False)
        return page.events

    async def _beyond(self, *, settle: bool) -> Sequence[WireEvent]:
        events = await self._replay.beyond(self._at, settle=settle)
        self._at = reach(self._at, events)
        return events or self._arrive()

    def _arrive(self) -> Sequence[WireEvent]:
        self._behind = False
        self._finished = self._leaving
        if self._deaf:
            self._retry_due = self._clock.time() + POLL_SECONDS
        return ()

    async def _look_around(self) -> Sequence[WireEvent]:
        """Having everything: look into the store if there was a reason to, and for an end."""
        now = self._clock.time()
        if self._looks and now >= self._look_due:
            self._looks -= 1
            self._look_due = now + LOOK_SECONDS
            if events := await self._beyond(settle=True):
                self._behind = True
                return events
        if self._unsure and now >= self._unsure_due:
            self._unsure = False
            self._finished = await self._replay.ended_before(self._turn, self._at.id)
        elif self._idle is not None and now >= self._idle_due:
            self._idle_due = now + (IDLE_SECONDS if self._at.ended else _about(QUIET_SECONDS))
            if await self._replay.asked(self._idle):
                self._leaving = self._behind = True
                return await self._catch_up()
        return ()

    def _up_to_end(self, events: Sequence[WireEvent]) -> Sequence[WireEvent]:
        """Cut behind the end of the turn that is followed."""
        self._leaving = False
        for index, event in enumerate(events):
            if event.kind in TURN_ENDS:
                self._idle_due = 0.0
            if self._turn and event.turn_id == self._turn:
                self._unsure = False
                if event.kind in TURN_ENDS:
                    self._finished = True
                    return events[: index + 1]
        return events


def _about(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  # spreads load
