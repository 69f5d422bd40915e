"""A turn that says something, makes two calls at once, and asks a person about the second."""

from datetime import timedelta
from typing import Final

from models.ids import answer_id
from models.payloads.events import (
    ApprovalDecided,
    ApprovalRequested,
    AttemptSuperseded,
    Event,
    EventId,
    LoggedEvent,
    StepStarted,
    TextCompleted,
    TextDelta,
    ToolCompleted,
    ToolRequested,
    TurnCompleted,
    TurnStarted,
)
from models.payloads.turn import Outcome
from tests.dialects.legal_turns import AT, TURN

LATE: Final = AT + timedelta(days=36_500)
APPROVAL: Final = answer_id(TURN, 50)
SAID, ANSWERED = (str(answer_id(TURN, step)) for step in (1, 2))
"""Ids of its two messages."""

_EVENTS: Final[tuple[Event, ...]] = (
    TurnStarted(message_id=TURN, agent="general"),
    StepStarted(step=1),
    TextDelta(step=1, text="I look first."),
    TextCompleted(step=1, text="I look first.", message_id=answer_id(TURN, 1)),
    ToolRequested(step=1, call_id="look", name="look"),
    ToolRequested(step=1, call_id="send", name="send"),
    ApprovalRequested(
        step=1, approval_id=APPROVAL, call_id="send", tool="send", arguments={}, expires_at=LATE
    ),
    ToolCompleted(step=1, call_id="look", name="look", result="seen"),
    ApprovalDecided(approval_id=APPROVAL, call_id="send", decision="approve"),
    ToolCompleted(step=1, call_id="send", name="send", result="sent"),
    StepStarted(step=2),
    TextDelta(step=2, text="It may be"),
    AttemptSuperseded(step=2, from_sequence=12),
    TextDelta(step=2, text="It is sent."),
    TextCompleted(step=2, text="It is sent.", message_id=answer_id(TURN, 2)),
    TurnCompleted(outcome=Outcome.COMPLETED),
)
WHOLE: Final = tuple(
    LoggedEvent(id=EventId(1, place), at=AT, turn_id=TURN, event=event)
    for place, event in enumerate(_EVENTS, start=1)
)
ASKED: Final = WHOLE[:8]
"""As far as it comes without a verdict."""
