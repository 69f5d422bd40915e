"""One log shown in another: by whoever takes over, within bounds, as long as a stop lets it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from activities import mirror
from activities.mirror import Mirror
from domain import nested
from domain.wire import WireEvent, encode, now
from models.errors import StaleAttemptError
from models.payloads.agent import AgentPlan
from models.payloads.events import (
    AgentEvent,
    ApprovalExpired,
    ApprovalRequested,
    Event,
    EventId,
    LoggedEvent,
    StepStarted,
    TextDelta,
    TurnCompleted,
)
from models.payloads.scope import LogKey, Scope, TurnKey
from models.payloads.turn import CallRef, ChildRun, Outcome, SettleRequest

SCOPE = Scope(organisation_id=UUID(int=1), space_id=UUID(int=2))
RUN, TURN = UUID(int=5), UUID(int=6)
CHILD = TurnKey(scope=SCOPE, conversation_id=RUN, turn_id=TURN)
SETTLE = SettleRequest(
    turn=TurnKey(scope=SCOPE, conversation_id=UUID(int=3), turn_id=UUID(int=4)),
    number=1,
    step=1,
    call=CallRef(call_id="c", name="n", child=ChildRun(run_id=RUN, agent=AgentPlan(name="w"))),
)
END = TurnCompleted(outcome=Outcome.COMPLETED)


class Log:
    """A log of these events, read in pieces of two; without an end it says nothing more."""

    def __init__(self, *events: Event, pause: float = 0.0) -> None:
        """`pause` is in seconds, before the end."""
        self._pause = pause
        self._events = [
            LoggedEvent(id=EventId(1, place), at=now(), turn_id=TURN, event=event)
            for place, event in enumerate(events, start=1)
        ]

    async def follow(self, log: LogKey, after: EventId, **_: object) -> AsyncIterator[WireEvent]:
        assert log == CHILD.log
        rest = [event for event in self._events if event.id > after]
        for event in rest[:2]:
            if event.event == END:
                await asyncio.sleep(self._pause)
            yield encode(event)
        if not rest:
            await asyncio.Event().wait()


class Caller:
    """The caller's log, and what is stored of it."""

    def __init__(self) -> None:
        self.halted = asyncio.Event()
        self.stopped = False
        self.shown: dict[str, LoggedEvent] = {}
        self.stored: list[LoggedEvent] = []
        self.flags: list[UUID] = []

    async def append(self, key: str, event: Event) -> LoggedEvent:
        place = EventId(1, 100 + len(self.shown))
        fresh = LoggedEvent(id=place, at=now(), turn_id=SETTLE.turn.turn_id, event=event)
        return self.shown.setdefault(key, fresh)

    async def record(self, turn: TurnKey, events: Sequence[LoggedEvent]) -> None:
        assert turn == SETTLE.turn
        self.stored += events

    async def stop(self, log: LogKey, turn_id: UUID) -> None:
        assert log == CHILD.log
        self.flags.append(turn_id)


def mirroring(log: Log, caller: Caller) -> Mirror:
    return Mirror(log, caller, caller, SETTLE, CHILD)  # type: ignore[arg-type]  # what it asks of them


async def shown_by(log: Log, caller: Caller, before: Sequence[LoggedEvent] = ()) -> bool:
    async with asyncio.timeout(10):
        return await mirroring(log, caller).run(caller, before)  # type: ignore[arg-type]  # as above


def places(caller: Caller) -> list[str]:
    events = [logged.event for logged in caller.stored]
    return [event.event["id"] for event in events if isinstance(event, AgentEvent)]


async def test_what_is_coarse_is_shown_once_and_stored_up_to_the_end() -> None:
    log = Log(StepStarted(step=1), TextDelta(step=1, text="w"), StepStarted(step=2), END)
    caller = Caller()
    assert await shown_by(log, caller)
    assert places(caller) == ["1.1", "1.3", "1.4"]


async def test_whoever_takes_over_goes_on_behind_what_is_stored() -> None:
    log, caller = Log(*(StepStarted(step=n) for n in range(1, 6)), END), Caller()
    assert await shown_by(log, caller)
    stored, caller.stored = caller.stored[:2], []
    assert await shown_by(log, caller, stored)
    assert places(caller) == ["1.3", "1.4", "1.5", "1.6"]


async def test_whoever_takes_over_behind_the_end_waits_for_no_other() -> None:
    log, caller = Log(StepStarted(step=1), END), Caller()
    assert await shown_by(log, caller)
    stored, caller.stored = caller.stored, []
    assert await shown_by(log, caller, stored)
    assert not caller.stored


async def test_a_run_that_says_a_great_deal_is_followed_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nested, "MOST_EVENTS", 3)
    caller = Caller()
    assert await shown_by(Log(*(StepStarted(step=n) for n in range(1, 50)), END), caller)
    assert places(caller) == ["1.1", "1.2", "1.3"]


def an_approval(number: int) -> ApprovalRequested:
    return ApprovalRequested(
        step=1, approval_id=UUID(int=number), call_id="x", tool="t", arguments={}, expires_at=now()
    )


async def test_who_waits_for_a_person_is_left_alone_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mirror, "PATIENCE", timedelta(milliseconds=50))
    caller = Caller()
    assert not await shown_by(Log(an_approval(1), an_approval(2)), caller)
    decided = ApprovalExpired(approval_id=UUID(int=1), call_id="x")
    assert await shown_by(Log(an_approval(1), decided, END, pause=0.3), Caller())
    # It is still waited for, by what the one before had stored.
    assert not await shown_by(Log(an_approval(1), an_approval(2)), caller, caller.stored)


async def test_a_stop_is_handed_down_and_its_end_awaited_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mirror, "WIND_DOWN", timedelta(milliseconds=50))
    caller = Caller()
    caller.stopped = True
    caller.halted.set()
    assert await shown_by(Log(StepStarted(step=1)), caller)
    assert caller.flags == [TURN]
    assert places(caller) == ["1.1"]


async def test_a_newer_attempt_takes_its_place() -> None:
    caller = Caller()
    caller.halted.set()
    with pytest.raises(StaleAttemptError):
        await shown_by(Log(StepStarted(step=1)), caller)
    assert not caller.flags
