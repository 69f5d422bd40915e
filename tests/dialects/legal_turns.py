"""Turns that a log may hold, made up: with attempts that were given up, and a log that lost its
memory."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from hypothesis import strategies as st

from models.ids import answer_id
from models.payloads.events import (
    TRANSIENT,
    ApprovalDecided,
    ApprovalRequested,
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    ReasoningDelta,
    RetrievalCompleted,
    StepStarted,
    TextCompleted,
    TextDelta,
    TextSnapshot,
    TextWithdrawn,
    ToolCompleted,
    ToolFailed,
    ToolRequested,
    ToolStarted,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageRecorded,
)
from models.payloads.sources import Source
from models.payloads.turn import Finish, Outcome

TURN = UUID("0d4c2f0e-58a9-4f0b-9d3e-1f0f7a3b2c11")
AT = datetime(2026, 11, 21, tzinfo=UTC)
# The log's numbers jump when it is restored.
JUMP = 1_000

_words = st.lists(
    st.sampled_from(["so ", "it ", "is [1] ", "\u2028", "é ", '"quoted" ', "\n", "<b>"]),
    min_size=1,
    max_size=5,
)


@dataclass(frozen=True)
class Played:
    """`live` is what a reader saw who was there; `lost` what the log still gives of it after it
    lost its memory, once, in the midst of the turn or at its end."""

    live: tuple[LoggedEvent, ...]
    lost: tuple[LoggedEvent, ...]

    @property
    def stored(self) -> tuple[LoggedEvent, ...]:
        return tuple(logged for logged in self.live if logged.event.kind not in TRANSIENT)


@st.composite
def _step(draw: st.DrawFn, step: int, *, last: bool) -> list[Event]:
    events: list[Event] = [StepStarted(step=step)]
    for attempt in range(draw(st.integers(1, 3))):
        if attempt:
            events.append(AttemptSuperseded(step=step, from_sequence=1))
        thoughts = draw(st.lists(st.sampled_from(["hm ", "so "]), max_size=2))
        events += [ReasoningDelta(step=step, text=text) for text in thoughts]
        words = draw(_words) if draw(st.booleans()) or last else []
        events += [TextDelta(step=step, text=text) for text in words]
    text = "".join(words)
    if text and draw(st.integers(0, 4)) == 0:
        events.append(TextWithdrawn(step=step))
        text = "Something else."
    elif text and draw(st.integers(0, 4)) == 0:
        text = text.replace(" [1]", "") or "it"
    elif text and draw(st.booleans()):
        text += "and more"
    if text:
        events.append(
            TextCompleted(
                step=step,
                text=text,
                message_id=answer_id(TURN, step),
                removed_marks=("1",) if "[1]" not in text else (),
            )
        )
    if not last:
        events += draw(_calls(step))
    events.append(UsageRecorded(step=step, model="m", input_tokens=3, output_tokens=2))
    return events


@st.composite
def _calls(draw: st.DrawFn, step: int) -> list[Event]:
    events: list[Event] = []
    ids = [f"call_{uuid5(TURN, f'{step}:{place}').hex}" for place in range(draw(st.integers(1, 2)))]
    events += [
        ToolRequested(step=step, call_id=call, name="add", arguments={"a": 1}) for call in ids
    ]
    for call in ids:
        if draw(st.booleans()):
            approval = uuid5(TURN, call)
            events.append(
                ApprovalRequested(
                    step=step,
                    approval_id=approval,
                    call_id=call,
                    tool="add",
                    arguments={"a": 1},
                    expires_at=AT,
                )
            )
            events.append(
                ApprovalDecided(
                    approval_id=approval, call_id=call, decision="approve", edited={"a": 2}
                )
            )
        if draw(st.booleans()):
            events.append(ToolStarted(step=step, call_id=call, name="add"))
            events.append(ToolCompleted(step=step, call_id=call, name="add", result="3"))
        else:
            events.append(
                ToolFailed(step=step, call_id=call, name="add", code="denied", detail="No.")
            )
    return events


_ends: st.SearchStrategy[TurnCompleted | TurnFailed | TurnStopped] = st.sampled_from(
    [
        TurnCompleted(outcome=Outcome.COMPLETED),
        TurnCompleted(outcome=Outcome.COMPLETED, finish=Finish.LENGTH),
        TurnCompleted(outcome=Outcome.CONTAMINATED, finish=Finish.WITHDRAWN),
        TurnCompleted(outcome=Outcome.ITERATION_LIMIT),
        TurnFailed(code="model_overloaded", detail="Too busy."),
        TurnStopped(outcome=Outcome.STOPPED),
        TurnStopped(outcome=Outcome.WITHDRAWN),
    ]
)


@st.composite
def played(draw: st.DrawFn) -> Played:
    source = Source(mark=1, passage_id=TURN, document_id=TURN, title="A", snippet="a")
    events: list[Event] = [TurnStarted(message_id=TURN, agent="general")]
    if draw(st.booleans()):
        events.append(RetrievalCompleted(sources=(source,), query="what"))
    steps = draw(st.integers(1, 3))
    for step in range(1, steps + 1):
        events += draw(_step(step, last=step == steps))
    end = draw(_ends)
    if isinstance(end, TurnStopped) and end.outcome is Outcome.WITHDRAWN:
        events.append(TextWithdrawn())
    events.append(end)
    return _forgotten(events, draw(st.integers(0, len(events))))


def _logged(sequence: int, event: Event) -> LoggedEvent:
    return LoggedEvent(id=EventId(1, sequence), at=AT, turn_id=TURN, event=event)


def _forgotten(events: list[Event], moment: int) -> Played:
    """The log loses its memory at that moment. What was there is there as it is stored; the text
    under way comes back as a snapshot, and the numbers jump."""
    before = [_logged(place, event) for place, event in enumerate(events[:moment], start=1)]
    snapshot: list[Event] = []
    text, step = "", 0
    for event in events[:moment]:
        match event:
            case TextDelta():
                text, step = text + event.text, event.step
            case TextCompleted() | AttemptSuperseded() | TextWithdrawn() | StepStarted():
                text = ""
    if text:
        snapshot.append(TextSnapshot(step=step, text=text))
    behind = [
        _logged(place, event)
        for place, event in enumerate([*snapshot, *events[moment:]], start=moment + JUMP)
    ]
    kept = [logged for logged in before if logged.event.kind not in TRANSIENT]
    return Played((*before, *behind), (*kept, *behind))
