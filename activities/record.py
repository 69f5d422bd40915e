"""What a finished answer leaves: its events, its calls, the row of its step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.calls import CheckedCall, check_calls
from activities.closing import completed
from domain.ports.transcript import StepRecord, UsageEntry
from domain.tools.toolbox import Toolbox
from models.ids import answer_id
from models.payloads.agent import Agent
from models.payloads.chat import Reply
from models.payloads.events import Event, LoggedEvent, TextCompleted, UsageRecorded
from models.payloads.turn import Finish, ThinkReply, ThinkRequest, ThinkStatus


@dataclass(frozen=True, slots=True)
class Answered:
    """How an attempt ended. `late`: the turn's deadline broke it off, and no person."""

    reply: Reply
    usage: UsageEntry
    started: LoggedEvent
    late: bool
    expires_at: datetime
    """Until when approvals that it asks for may be given, by the store's clock."""
    removed_marks: tuple[str, ...] = ()
    """Citation marks that the reply's text has no more."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a finished answer is stored as, and shown as once it is."""

    events: Sequence[Event]
    end: Sequence[Event]
    """The turn's end, when this answer is its last: empty or one."""
    record: Callable[[Sequence[LoggedEvent]], StepRecord]
    """The step's record, once its events have their numbers."""


def record_of(
    request: ThinkRequest, number: int, agent: Agent, toolbox: Toolbox, answered: Answered
) -> Made:
    turn, step, reply = request.turn, request.step, answered.reply
    message_id = answer_id(turn.turn_id, step)
    calls = check_calls(turn, step, reply.calls, agent.tools, toolbox, answered.expires_at)
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
        )

    end = [completed(turn, step, reply.finish)] if closes else []
    return Made(_closing(step, answered, calls, request), end, record)


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
        late=answered.late,
        closed=closes,
    )


def _closing(
    step: int, answered: Answered, calls: Sequence[CheckedCall], request: ThinkRequest
) -> list[Event]:
    reply, usage = answered.reply, answered.usage
    events: list[Event] = []
    if reply.text:
        events.append(
            TextCompleted(
                step=step,
                text=reply.text,
                message_id=answer_id(request.turn.turn_id, step),
                finish=reply.finish,
                removed_marks=answered.removed_marks,
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
