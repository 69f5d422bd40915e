"""The messages before a turn's own: what its question may point back to."""

from collections.abc import Sequence

from adapters.store.session import Session
from models.payloads.chat import StoredMessage
from models.payloads.scope import TurnKey

# A walk of a few steps up from the turn's message; steps that only called tools say nothing.
_RECENT = """
WITH RECURSIVE path AS (
    SELECT m.id, m.parent_id, m.role, m.content, 0 AS depth
    FROM turn t
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = t.user_message_id
    WHERE t.space_id = $1 AND t.conversation_id = $2 AND t.id = $3
    UNION ALL
    SELECT m.id, m.parent_id, m.role, m.content, p.depth + 1
    FROM path p
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = p.parent_id
    WHERE p.depth < 4 * $4
)
SELECT id, role, left(content, $5) AS content, parent_id
FROM path WHERE depth > 0 AND content <> '' AND role IN ('user', 'assistant')
ORDER BY depth LIMIT $4
"""


async def recent_messages(
    session: Session, turn: TurnKey, messages: int, characters: int
) -> Sequence[StoredMessage]:
    """Oldest first."""
    rows = await session.fetch(
        _RECENT,
        turn.scope.space_id,
        turn.conversation_id,
        turn.turn_id,
        messages,
        characters,
    )
    return [StoredMessage.model_validate(dict(row)) for row in reversed(rows)]
