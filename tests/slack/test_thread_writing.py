"""One look at a turn: paced, patient, and no worse than what stood there before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID, uuid4

import pytest

from activities.thread_writing import MOST_FAILURES, Pace, Writing
from domain.ports.conversations import Turns
from domain.ports.notifying import Posted
from domain.ports.threads import Begun, Shown
from domain.wire import WireEvent, encode, now
from models.errors import AppError, InvalidError, NotFoundError, UnavailableError
from models.payloads.events import (
    Event,
    EventId,
    LoggedEvent,
    TextCompleted,
    TextDelta,
    TurnCompleted,
    TurnStarted,
)
from models.payloads.scope import LogKey, Scope, TurnKey
from models.payloads.slack import SlackAnswer, SlackLook, SlackThread
from models.payloads.turn import Outcome

TURN = TurnKey(
    scope=Scope(organisation_id=uuid4(), space_id=uuid4()), conversation_id=uuid4(), turn_id=uuid4()
)
THREAD = SlackThread(team_id="T1", channel="C1", timestamp="1.000001")
BEGUN = TurnStarted(message_id=uuid4(), agent="general")
SAID = TextCompleted(step=1, text="Amber and oak.", message_id=uuid4())
DONE = TurnCompleted(outcome=Outcome.COMPLETED)
HASTE = Pace(gap=0.01, quiet=0.02, patience=0.05)


@dataclass
class Wall:
    """A thread that keeps what it was told."""

    stands: bool = False
    """An earlier attempt posted the message."""
    failures: list[AppError] = field(default_factory=list)
    told: list[Shown] = field(default_factory=list)
    here: bool = True

    async def begin(self, _turn: TurnKey, _thread: SlackThread, shown: Shown) -> Begun | None:
        if not self.stands:
            self.told.append(shown)
        return Begun(Posted("C1", "2.000001"), shows=not self.stands)

    async def show(self, _turn: TurnKey, _posted: Posted, shown: Shown) -> bool:
        if self.failures:
            raise self.failures.pop()
        self.told.append(shown)
        return self.here


class Feed:
    """A log that has these events, and then says nothing."""

    def __init__(self, *events: Event) -> None:
        self._events = [
            encode(LoggedEvent(id=EventId(1, n), at=now(), turn_id=TURN.turn_id, event=event))
            for n, event in enumerate(events, start=1)
        ]

    async def follow(
        self,
        log: LogKey,
        after: EventId,
        *,
        idle: Callable[[], Awaitable[bool]] | None = None,
        turn_id: UUID | None = None,
        at_most: float = 600.0,
    ) -> AsyncIterator[WireEvent]:
        for event in self._events:
            await asyncio.sleep(0)
            yield event
        await asyncio.Event().wait()


@dataclass
class Desk:
    """What a look asks of the turns."""

    erased: bool = False

    async def at_work(self, _scope: Scope, _conversation_id: UUID) -> bool:
        if self.erased:
            raise NotFoundError("Gone.", code="conversation_not_found")
        return False


async def look(
    wall: Wall, *events: Event, erased: bool = False, shown: str = "", looks: int = 0
) -> SlackLook:
    answer = SlackAnswer(turn=TURN, thread=THREAD, shown=shown, looks=looks)
    desk = cast("Turns", Desk(erased))
    return await Writing(wall, Feed(*events), desk, HASTE, answer, lambda: 1).run()


async def test_the_end_is_shown_and_ends_it() -> None:
    wall = Wall()
    assert (await look(wall, BEGUN, SAID, DONE)).done
    assert wall.told[-1] == Shown(text="Amber and oak.")


async def test_a_second_attempt_never_shrinks_what_stands() -> None:
    wall = Wall(stands=True)
    events = [TextDelta(step=1, text=f"t{number} ") for number in range(200)]
    assert (await look(wall, BEGUN, *events, SAID, DONE)).done
    assert wall.told == [Shown(text="Amber and oak.")]


async def test_a_slot_is_given_back_when_nothing_comes() -> None:
    wall = Wall()
    first = await look(wall, BEGUN)
    assert not first.done
    # The next look finds the same, and changes nothing.
    told = len(wall.told)
    again = Wall(stands=True, told=wall.told)
    assert await look(again, BEGUN, shown=first.shown) == first
    assert len(wall.told) == told


async def test_a_turn_that_is_never_heard_of_is_given_up() -> None:
    assert not (await look(Wall(), looks=39)).done
    assert (await look(Wall(), looks=40)).done


async def test_an_erased_conversation_is_said_to_be_gone() -> None:
    wall = Wall()
    assert (await look(wall, BEGUN, erased=True)).done
    assert wall.told[-1].note == "The conversation was deleted."


async def test_a_message_that_is_gone_ends_it() -> None:
    assert (await look(Wall(here=False), BEGUN, SAID)).done


async def test_slacks_waits_are_kept() -> None:
    wall = Wall(failures=[UnavailableError("Wait.", code="slack_rate_limited", retry_after=0.01)])
    assert (await look(wall, BEGUN, SAID, DONE)).done
    assert wall.told[-1] == Shown(text="Amber and oak.")


@pytest.mark.parametrize(
    "failures",
    [
        [InvalidError("No.", code="slack_refused")],
        [UnavailableError("Wait.", code="slack_rate_limited", retry_after=31.0)],
        [UnavailableError("Away.", code="slack_unavailable", retry_after=0.01)] * MOST_FAILURES,
    ],
)
async def test_what_takes_long_is_tried_again_later(failures: list[AppError]) -> None:
    wall = Wall(failures=failures)
    with pytest.raises(AppError):
        await look(wall, BEGUN, SAID, DONE)
    assert wall.failures == []
