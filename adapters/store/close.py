"""A turn's end: its outcome, its session's clock, what waited for it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from adapters.store.notices import flush, stored_by
from adapters.store.session import Session
from adapters.store.step import unknown_turn
from adapters.store.stored import (
    COLLIDED,
    clean,
    event_columns,
    insert_events,
    refuse_collision,
)
from domain.ports.transcript import ClosedTurn
from models.payloads.events import LoggedEvent
from models.payloads.scope import TurnKey
from models.payloads.session import SessionStart
from models.payloads.turn import Outcome, TurnEnd
from models.states import ConversationKind

# The turn's row first, then its conversation's: everyone locks in this order.
_END = """
WITH won AS (
    UPDATE turn SET outcome = $4, finish = $5, error_code = $6, error_detail = $7,
        ended_at = clock_timestamp()
    WHERE space_id = $1 AND conversation_id = $2 AND id = $3 AND outcome IS NULL
    RETURNING number, user_message_id, started_at
)
UPDATE conversation c SET open_turn = nullif(c.open_turn, $3), updated_at = clock_timestamp(),
    active_leaf = CASE WHEN $8 THEN (
        -- a question that another turn asked stays, whoever was to answer it again
        SELECT CASE m.turn_id WHEN $3 THEN m.parent_id ELSE m.id END FROM message m
        WHERE m.space_id = $1 AND m.conversation_id = $2 AND m.id = won.user_message_id
    ) ELSE c.active_leaf END,
    -- how a conversation begins is its title, unless that was taken back
    title = CASE WHEN $8 AND c.provisional AND EXISTS (SELECT FROM message m WHERE m.space_id = $1
        AND m.conversation_id = $2 AND m.id = won.user_message_id AND m.turn_id = $3
        AND m.parent_id IS NULL) THEN NULL ELSE c.title END
FROM won WHERE c.space_id = $1 AND c.id = $2
RETURNING won.number, won.started_at, c.kind, c.open_turn, c.turn_counter, c.session_counter,
    c.closing
"""
# After the locks: a notice or a session's end that came in between is seen.
_LEAVE = f"""
WITH logged AS ({insert_events(5)}), settled AS (
    UPDATE approval SET delivered_at = clock_timestamp(),
        state = CASE state WHEN 'pending' THEN 'withdrawn' ELSE state END
    WHERE space_id = $1 AND turn_id = $4 AND delivered_at IS NULL
), withdrawn AS (
    UPDATE message SET withdrawn = true
    WHERE $11 AND space_id = $1 AND conversation_id = $3 AND turn_id = $4
), running AS (
    UPDATE session SET last_turn_at = clock_timestamp(), last_turn = $12
    WHERE $13 AND space_id = $1 AND conversation_id = $3 AND ended_at IS NULL
    RETURNING id, number, idle_window
)
SELECT running.*, EXISTS (SELECT FROM notice
    WHERE space_id = $1 AND conversation_id = $3 AND number IS NULL) AS waiting, {COLLIDED}
FROM (SELECT) AS one LEFT JOIN running ON true
"""  # noqa: S608 - made of our own parts
_OPEN = """
WITH counted AS (
    UPDATE conversation SET session_counter = $6 WHERE space_id = $1 AND id = $3
)
INSERT INTO session (space_id, organisation_id, conversation_id, opened_by, id, number, first_turn,
    last_turn, idle_window, started_at, last_turn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, clock_timestamp())
"""
_BEFORE = """
SELECT c.closing, s.id, s.number, s.idle_window FROM turn t
JOIN conversation c ON c.space_id = $1 AND c.id = $2
LEFT JOIN session s ON s.space_id = $1 AND s.conversation_id = $2
    AND (s.opened_by = $3 OR (c.closing AND s.ended_at IS NULL))
WHERE t.space_id = $1 AND t.conversation_id = $2 AND t.id = $3
ORDER BY s.number DESC LIMIT 1
"""


# Of every turn, and of a conversation's first.
USUAL = (_END, _LEAVE, _OPEN)


async def end(
    session: Session, turn: TurnKey, request: TurnEnd, events: Sequence[LoggedEvent]
) -> ClosedTurn:
    """End it once; a repeat is told what the first was told. The session is given when this end
    opened it, and when it is to be closed now."""
    withdrawn = request.outcome is Outcome.WITHDRAWN
    ended = await session.first(
        _END,
        turn.scope.space_id,
        turn.conversation_id,
        turn.turn_id,
        request.outcome.value,
        request.finish.value,
        None if request.error_code is None else clean(request.error_code)[:100],
        None if request.error_detail is None else clean(request.error_detail),
        withdrawn,
    )
    if ended is None:
        return await _before(session, turn)
    with_session = request.sessions and ended["kind"] == ConversationKind.CHAT
    left = await session.first(
        _LEAVE,
        turn.scope.space_id,
        turn.scope.organisation_id,
        turn.conversation_id,
        turn.turn_id,
        *event_columns(events),
        withdrawn,
        ended["number"],
        with_session,
    )
    assert left is not None  # noqa: S101 - the join's left side is one row
    refuse_collision([left], events)
    start = None
    if with_session and left["id"] is None:
        start = await _open(session, turn, request, ended)
    elif ended["closing"] and with_session:
        start = _start(turn, left, closed=True)
    notices: tuple[LoggedEvent, ...] = ()
    if left["waiting"] and ended["open_turn"] is None:
        notices = await flush(session, turn.log, ended["turn_counter"], turn.turn_id)
    return ClosedTurn(session=start, notices=notices)


async def _open(
    session: Session, turn: TurnKey, request: TurnEnd, ended: Mapping[str, Any]
) -> SessionStart:
    number = ended["session_counter"] + 1
    start = SessionStart(
        scope=turn.scope,
        conversation_id=turn.conversation_id,
        session_id=uuid4(),
        number=number,
        idle_window=request.idle_window,
        closed=ended["closing"],
    )
    await session.fetch(
        _OPEN,
        turn.scope.space_id,
        turn.scope.organisation_id,
        turn.conversation_id,
        turn.turn_id,
        start.session_id,
        number,
        ended["number"],
        request.idle_window,
        ended["started_at"],
    )
    return start


async def _before(session: Session, turn: TurnKey) -> ClosedTurn:
    """What this turn's end left when it came the first time."""
    row = await session.first(_BEFORE, turn.scope.space_id, turn.conversation_id, turn.turn_id)
    if row is None:
        raise unknown_turn()
    start = None if row["id"] is None else _start(turn, row, closed=row["closing"])
    notices = await stored_by(session, turn.log, turn.turn_id)
    return ClosedTurn(session=start, notices=notices, before=True)


def _start(turn: TurnKey, row: Mapping[str, Any], *, closed: bool) -> SessionStart:
    return SessionStart(
        scope=turn.scope,
        conversation_id=turn.conversation_id,
        session_id=row["id"],
        number=row["number"],
        idle_window=row["idle_window"],
        closed=closed,
    )
