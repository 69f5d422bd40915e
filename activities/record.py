"""What a finished answer leaves: its events, its calls, the row of its step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from activities.calls import CheckedCall, check_calls
from activities.closing import completed
from activities.gate import Standing
from domain.ports.transcript import NewCall, StepRecord, UsageEntry
from domain.tools.toolbox import Toolbox
from models.ids import answer_id
from models.payloads.agent import Agent
from models.payloads.chat import Reply
from models.payloads.events import Event, LoggedEvent, TextCompleted, UsageRecorded
from models.payloads.turn import Finish, Outcome, ThinkReply, ThinkRequest, ThinkStatus


@dataclass(frozen=True, slots=True)
class Answered:
    """How an attempt ended. `late`: the turn's deadline broke it off, and no person."""

    reply: Reply
    """Checked: it is stored and shown as it stands here."""
    usage: UsageEntry
    started: LoggedEvent
    late: bool
    now: datetime
    """By the store's clock, which judges what expires."""
    said: Sequence[Event] = ()
    """What is to be told of the answer, before its text."""
    contaminated: bool = False
    removed_marks: tuple[str, ...] = ()
    """Citation marks that the reply's text has no more."""
    redacted: tuple[str, ...] = ()
    """Kinds of data that were taken out of it."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a finished answer is stored as, and shown as once it is."""

    events: Sequence[Event]
    end: Sequence[Event]
    """The turn's end, when this answer is its last: empty or one."""
    record: Callable[[Sequence[LoggedEvent]], StepRecord]
    """The step's record, once its events have their numbers."""
    waiting: Sequence[NewCall]
    """The calls that wait for a person."""


def record_of(
    request: ThinkRequest,
    number: int,
    agent: Agent,
    toolbox: Toolbox,
    standing: Standing,
    answered: Answered,
) -> Made:
    turn, step, reply = request.turn, request.step, answered.reply
    message_id = answer_id(turn.turn_id, step)
    calls = check_calls(request, agent, reply.calls, toolbox, answered.now, standing)
    closes = request.closing is not None and not calls and reply.finish is not Finish.CANCELLED

    def record(events: Sequence[LoggedEvent]) -> StepRecord:
        return StepRecord(
            reply=_reply(number, events[-1].id.sequence, answered, calls, closes=closes),
            message_id=message_id,
            text=reply.text,
            calls=tuple(call.stored for call in calls),
            usage=answered.usage,
            events=tuple(events),
            response_id=reply.response_id,
            tainted=standing.tainted,
        )

    outcome = Outcome.CONTAMINATED if answered.contaminated else Outcome.COMPLETED
    end = [completed(turn, step, reply.finish, outcome)] if closes else []
    waiting = [call.stored for call in calls if call.stored.approval_id is not None]
    return Made(_closing(step, answered, calls, request), end, record, waiting)


def _reply(
    number: int,
    sequence: int,
    answered: Answered,
    calls: Sequence[CheckedCall],
    *,
    closes: bool,
) -> ThinkReply:
    reply = answered.reply
    status = ThinkStatus.CALLS if calls else ThinkStatus.ANSWERED
    return ThinkReply(
        status=ThinkStatus.STOPPED if reply.finish is Finish.CANCELLED else status,
        number=number,
        sequence=sequence,
        calls=tuple(call.ref for call in calls),
        finish=reply.finish,
        tokens=reply.usage.input_tokens + reply.usage.output_tokens,
        cost_usd=answered.usage.cost_usd or Decimal(0),
        contaminated=answered.contaminated,
        late=answered.late,
        closed=closes,
    )


def _closing(
    step: int, answered: Answered, calls: Sequence[CheckedCall], request: ThinkRequest
) -> list[Event]:
    reply, usage = answered.reply, answered.usage
    events: list[Event] = list(answered.said)
    if reply.text:
        events.append(
            TextCompleted(
                step=step,
                text=reply.text,
                message_id=answer_id(request.turn.turn_id, step),
                finish=reply.finish,
                removed_marks=answered.removed_marks,
                redacted=answered.redacted,
            )
        )
    for call in calls:
        events.extend(call.events)
    events.append(
        UsageRecorded(
            step=step,
            model=reply.model,
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            cached_tokens=reply.usage.cached_tokens,
            first_token_ms=usage.first_token_ms,
            cost_usd=usage.cost_usd,
        )
    )
    return events
