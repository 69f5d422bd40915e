"""Logs of conversations, written by hand and at random."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from hypothesis import strategies as st

from models.payloads.events import (
    AttemptSuperseded,
    ConversationTitled,
    Event,
    EventId,
    LoggedEvent,
    RetrievalCompleted,
    StepStarted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
    TurnCompleted,
    TurnStarted,
)
from models.payloads.sources import Source
from models.payloads.turn import Outcome

SOME = UUID(int=7)
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def turn_id(number: int) -> UUID:
    return uuid5(SOME, f"turn {number}")


def logged(number: int, events: Sequence[Event], first: int = 1) -> list[LoggedEvent]:
    """These events as turn `number`'s, numbered from `first`."""
    return [
        LoggedEvent(id=EventId(number, first + index), at=AT, turn_id=turn_id(number), event=event)
        for index, event in enumerate(events)
    ]


def source(mark: int, title: str = "Handbook") -> Source:
    return Source(
        mark=mark,
        passage_id=uuid5(SOME, f"passage {mark}"),
        document_id=SOME,
        title=title,
        heading="Leave",
        snippet="Twenty-five days a year.",
    )


def plain_turn(number: int = 1, answer: str = "Twenty-five days [1].") -> list[LoggedEvent]:
    """A question, one passage, an answer in pieces."""
    words = answer.split(" ")
    deltas = [TextDelta(step=1, text=f" {w}" if i else w) for i, w in enumerate(words)]
    return logged(
        number,
        [
            TurnStarted(message_id=SOME, agent="assistant", text="How many days?"),
            RetrievalCompleted(sources=(source(1), source(2, "Other"))),
            StepStarted(step=1),
            *deltas,
            TextCompleted(step=1, text=answer, message_id=SOME),
            TurnCompleted(outcome=Outcome.COMPLETED, message_id=SOME),
        ],
    )


# Everything that has once broken a line-based protocol.
texts = st.text(st.sampled_from('ab é\n\r\x85\u2028\u2029:{}"\\\x00😀'), min_size=1, max_size=6)


@st.composite
def attempts(draw: st.DrawFn, step: int, first: int) -> list[Event]:
    """One step's text: perhaps an attempt that was lost, a snapshot, then the one that counts."""
    events: list[Event] = [StepStarted(step=step)]
    lost = draw(st.lists(texts, max_size=3))
    if lost:
        start = first + len(events)
        events += [TextDelta(step=step, text=text) for text in lost]
        events.append(AttemptSuperseded(step=step, from_sequence=start))
    kept = draw(st.lists(texts, min_size=1, max_size=4))
    whole = ""
    for text in kept:
        whole += text
        if draw(st.booleans()):
            events.append(TextSnapshot(step=step, text=whole))
        else:
            events.append(TextDelta(step=step, text=text))
    events.append(TextCompleted(step=step, text=whole, message_id=uuid5(SOME, f"step {step}")))
    return events


@st.composite
def whole_logs(draw: st.DrawFn) -> list[LoggedEvent]:
    log: list[LoggedEvent] = []
    number = 0
    for _ in range(draw(st.integers(1, 3))):
        number += 1
        events: list[Event] = [TurnStarted(message_id=SOME, agent="assistant", text="?")]
        for step in range(1, draw(st.integers(1, 2)) + 1):
            events += draw(attempts(step, len(events) + 1))
        events.append(TurnCompleted(outcome=Outcome.COMPLETED))
        log += logged(number, events)
        if draw(st.booleans()):
            number += 1
            log += logged(number, [ConversationTitled(title="Leave")])
    return log
