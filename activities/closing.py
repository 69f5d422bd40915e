"""What follows when a turn has ended in the store."""

from domain.ports.engine import Engine
from domain.ports.events import EventLog
from domain.ports.transcript import ClosedTurn
from models.ids import answer_id
from models.payloads.events import TurnCompleted
from models.payloads.scope import TurnKey
from models.payloads.turn import Finish, Outcome


def completed(
    turn: TurnKey, step: int, finish: Finish, outcome: Outcome = Outcome.COMPLETED
) -> TurnCompleted:
    """The end of a turn whose last step, the given one, answered."""
    return TurnCompleted(outcome=outcome, finish=finish, message_id=answer_id(turn.turn_id, step))


async def follow_up(turn: TurnKey, closed: ClosedTurn, log: EventLog, engine: Engine) -> None:
    """Show what waited for the end, and start or wake the session's workflow; safe to repeat."""
    await log.announce(turn.log, closed.notices)
    if closed.session is None:
        return
    if closed.session.closed:
        await engine.close_session(closed.session)
    else:
        await engine.start_session(closed.session)
