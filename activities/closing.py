"""What follows when a step is stored: people are asked, and a turn's end is made known."""

from collections.abc import Sequence

import structlog

from domain.ports.engine import Engine
from domain.ports.events import EventLog
from domain.ports.transcript import ClosedTurn, NewCall
from models.errors import AppError
from models.ids import answer_id
from models.payloads.events import TurnCompleted
from models.payloads.scope import TurnKey
from models.payloads.turn import Finish, Outcome

log = structlog.get_logger(__name__)


def completed(
    turn: TurnKey, step: int, finish: Finish, outcome: Outcome = Outcome.COMPLETED
) -> TurnCompleted:
    """The end of a turn whose last step, the given one, answered."""
    return TurnCompleted(outcome=outcome, finish=finish, message_id=answer_id(turn.turn_id, step))


async def ask_people(turn: TurnKey, waiting: Sequence[NewCall], engine: Engine) -> None:
    """Have people told of the calls that wait for them. A sweep tells of those that this misses."""
    for call in waiting:
        if call.approval_id is None:
            continue
        due = call.remind_at is not None or call.escalate_at is not None
        try:
            await engine.start_approval(turn.scope, call.approval_id, due=due)
        except AppError as error:
            log.warning("approval.untold", code=error.code, approval_id=str(call.approval_id))


async def follow_up(turn: TurnKey, closed: ClosedTurn, events: EventLog, engine: Engine) -> None:
    """Show what waited for the end, and start or wake the session's workflow; safe to repeat."""
    await events.announce(turn.log, closed.notices)
    if closed.session is None:
        return
    if closed.session.closed:
        await engine.close_session(closed.session)
    else:
        await engine.start_session(closed.session)
