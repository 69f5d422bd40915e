"""Messages that a new one names: what it follows, and what it answers again."""

from uuid import UUID

from adapters.store.history import message
from adapters.store.session import Session
from domain.ports.conversations import Message
from models.errors import NotFoundError

# An assistant's message has the user's above it, under those of earlier steps of its turn.
MOST_STEPS = 1_000
_COLUMNS = "m.*, NULL::json AS sources"
_MESSAGE = f"""
SELECT {_COLUMNS} FROM message m
WHERE space_id = $1 AND conversation_id = $2 AND id = $3 AND NOT withdrawn
"""  # noqa: S608 - made of our own parts
_QUESTION = f"""
WITH RECURSIVE above AS (
    SELECT id, parent_id, role, 1 AS depth FROM message
    WHERE space_id = $1 AND conversation_id = $2 AND id = $3 AND NOT withdrawn
    UNION ALL
    SELECT p.id, p.parent_id, p.role, a.depth + 1 FROM above a
    JOIN message p ON p.space_id = $1 AND p.conversation_id = $2 AND p.id = a.parent_id
    WHERE a.role <> 'user' AND a.depth < $4
)
SELECT {_COLUMNS} FROM above a
JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = a.id
WHERE a.role = 'user'
"""  # noqa: S608 - made of our own parts


async def known_message(session: Session, conversation_id: UUID, message_id: UUID) -> Message:
    row = await session.first(_MESSAGE, session.scope.space_id, conversation_id, message_id)
    if row is None:
        raise _unknown()
    return message(row)


async def question_of(session: Session, conversation_id: UUID, message_id: UUID) -> Message:
    key = session.scope.space_id, conversation_id, message_id
    row = await session.first(_QUESTION, *key, MOST_STEPS)
    if row is None:
        raise _unknown()
    return message(row)


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such message.", code="message_not_found")
