"""Which path of a conversation's tree is the active one."""

from typing import Any
from uuid import UUID

from adapters.store.session import Session
from models.errors import ConflictError, NotFoundError

# A claim takes this lock too: between the look and the move no turn begins.
_LOCK = """
SELECT c.open_turn FROM conversation c WHERE c.space_id = $1 AND c.id = $2 FOR NO KEY UPDATE
"""
_KNOWN = """
SELECT id FROM message
WHERE space_id = $1 AND conversation_id = $2 AND id = $3 AND NOT withdrawn
"""
# What it said first, so that all its steps are below; or its question.
_OF_TURN = """
SELECT coalesce((SELECT m.id FROM message m WHERE m.space_id = $1 AND m.turn_id = t.id
        AND m.role = 'assistant' AND NOT m.withdrawn ORDER BY m.position LIMIT 1),
    t.user_message_id) AS id
FROM turn t WHERE t.space_id = $1 AND t.conversation_id = $2 AND t.id = $3
    AND t.outcome IS DISTINCT FROM 'withdrawn'
"""
# Children by the index on positions. The newest of those that end a path: what is below another
# was said after it, whatever the clocks of their transactions say.
_NEWEST = """
WITH RECURSIVE below AS (
    SELECT m.id, m.parent_id, m.position, m.created_at FROM message m
    WHERE m.space_id = $1 AND m.conversation_id = $2 AND m.id = $3
    UNION ALL
    SELECT m.id, m.parent_id, m.position, m.created_at FROM below b
    CROSS JOIN LATERAL (SELECT * FROM message
        WHERE space_id = $1 AND conversation_id = $2 AND position = b.position + 1
            AND parent_id = b.id AND NOT withdrawn OFFSET 0) m
)
SELECT id FROM below WHERE id NOT IN (SELECT parent_id FROM below WHERE parent_id IS NOT NULL)
ORDER BY created_at DESC, position DESC, id LIMIT 1
"""
_MOVE = """
UPDATE conversation SET active_leaf = $3
WHERE space_id = $1 AND id = $2 AND active_leaf IS DISTINCT FROM $3
"""


async def move_leaf(
    session: Session, conversation_id: UUID, message_id: UUID, *, newest: bool
) -> UUID:
    await _lock(session, conversation_id)
    row = await session.first(_KNOWN, session.scope.space_id, conversation_id, message_id)
    if row is None:
        raise NotFoundError("There is no such message.", code="message_not_found")
    return await _move(session, conversation_id, row["id"], newest=newest)


async def move_to_turn(session: Session, conversation_id: UUID, turn_id: UUID) -> UUID:
    await _lock(session, conversation_id)
    row = await session.first(_OF_TURN, session.scope.space_id, conversation_id, turn_id)
    if row is None:
        raise NotFoundError("There is no such turn.", code="turn_not_found")
    return await _move(session, conversation_id, row["id"], newest=True)


async def _lock(session: Session, conversation_id: UUID) -> None:
    row = await session.first(_LOCK, session.scope.space_id, conversation_id)
    if row is None:
        raise NotFoundError("There is no such conversation.", code="conversation_not_found")
    if row["open_turn"] is not None:
        raise ConflictError("A turn is running; stop it first.", code="conversation_busy")


async def _move(session: Session, conversation_id: UUID, leaf: UUID, *, newest: bool) -> UUID:
    key = session.scope.space_id, conversation_id
    if newest:
        found: Any = await session.first(_NEWEST, *key, leaf)
        leaf = found["id"]
    await session.fetch(_MOVE, *key, leaf)
    return leaf
