"""A conversation's history: the messages on its active path, in pages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.store import cursor as cursors
from adapters.store.session import Session
from domain.ports.conversations import Message, Page
from models.payloads.chat import Role
from models.payloads.sources import Source

# From the leaf up to where the last page ended: ids only, so a long walk stays in the index.
_PAGE = """
WITH RECURSIVE path AS (
    SELECT m.id, m.parent_id, m.position FROM conversation c
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = c.active_leaf
    WHERE c.space_id = $1 AND c.id = $2 AND m.position > $3::bigint
    UNION ALL
    SELECT m.id, m.parent_id, m.position FROM path p
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = p.parent_id
    WHERE m.position > $3::bigint
)
SELECT m.id, m.role, m.content, m.parent_id, m.turn_id, m.created_at, m.position,
    CASE WHEN m.role = 'assistant' THEN (
        SELECT json_agg(q.source ORDER BY q.mark) FROM turn_passage q
        WHERE q.space_id = $1 AND q.turn_id = m.turn_id) END AS sources
FROM path
JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = path.id
WHERE NOT m.withdrawn AND (m.content <> '' OR m.calls = '[]')
ORDER BY m.position LIMIT $4
"""


async def messages_page(
    session: Session, conversation_id: UUID, *, limit: int, after: int
) -> Page[Message]:
    """Messages below the position, oldest first. A step that said nothing and called tools is
    no message to a reader."""
    rows = await session.fetch(_PAGE, session.scope.space_id, conversation_id, after, limit + 1)
    found = cursors.page(
        rows, limit, lambda last: cursors.position_cursor(last["position"], last["id"])
    )
    return Page(items=[message(row) for row in found.items], next_cursor=found.next_cursor)


def message(row: Mapping[str, Any]) -> Message:
    return Message(
        id=row["id"],
        role=Role(row["role"]),
        content=row["content"],
        parent_id=row["parent_id"],
        turn_id=row["turn_id"],
        created_at=row["created_at"],
        sources=tuple(Source.model_validate(source) for source in row["sources"] or ()),
    )
