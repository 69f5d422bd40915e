"""Store a finished step, and its turn's end with it when the answer is final; then show both."""

from collections.abc import Sequence

from temporalio import activity

from activities.record import Made
from domain.ports.events import LogWriter
from domain.ports.transcript import ClosedTurn, StepRecord, Transcript
from models.payloads.events import LoggedEvent
from models.payloads.turn import Closing, Outcome, ThinkReply, ThinkRequest, TurnEnd


async def commit(
    transcript: Transcript,
    writer: LogWriter,
    request: ThinkRequest,
    made: Made,
    started: LoggedEvent,
) -> tuple[ThinkReply, ClosedTurn | None]:
    """The reply that stands, and what its turn's end left if this commit ended it.
    StaleAttemptError when a newer attempt has begun the step."""
    events = await writer.seal(*made.events, *made.end)
    own, last = events[: len(made.events)], events[len(made.events) :]
    record = made.record((started, *own))
    reply, closed = await _stored(transcript, request, record, last)
    # Another attempt's answer may stand; then its events do, and ours are nowhere stored.
    if reply.sequence == record.reply.sequence:
        # A message that steers may keep the turn from ending: its end is then not shown.
        await writer.publish(events if reply.closed else own)
    return reply, closed


def end_of(request: ThinkRequest, reply: ThinkReply) -> TurnEnd:
    """How the answer ends its turn."""
    closing = request.closing or Closing()
    return TurnEnd(
        outcome=Outcome.CONTAMINATED if reply.contaminated else Outcome.COMPLETED,
        finish=reply.finish,
        idle_window=closing.idle_window,
        sessions=closing.sessions,
    )


async def _stored(
    transcript: Transcript, request: ThinkRequest, record: StepRecord, end: Sequence[LoggedEvent]
) -> tuple[ThinkReply, ClosedTurn | None]:
    turn, step, attempt = request.turn, request.step, activity.info().attempt
    if not end:
        return await transcript.commit_step(turn, step, attempt, record), None
    how = end_of(request, record.reply)
    return await transcript.finish_turn(turn, step, attempt, record, how, end)
