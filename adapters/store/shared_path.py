"""A path of messages as strangers may see it: no ids, and of sources only what names them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.store import cursor as cursors
from adapters.store.session import Session
from domain.citation_marks import groups_in
from domain.ports.conversations import Page
from domain.ports.shares import SharedMessage, SharedSource
from models.payloads.chat import Role

# Up from the leaf: parents never change, so that later messages and other branches are not met.
# OFFSET 0 as in `window`: each parent is looked up by its id.
_PATH = """
WITH RECURSIVE path AS (
    SELECT m.id, m.parent_id, m.position, m.withdrawn,
        m.content <> '' OR m.calls = '[]' AS says
    FROM message m
    WHERE m.space_id = $1 AND m.conversation_id = $2 AND m.id = $3 AND m.position > $4::bigint
    UNION ALL
    SELECT m.id, m.parent_id, m.position, m.withdrawn, m.content <> '' OR m.calls = '[]'
    FROM path p
    CROSS JOIN LATERAL (
        SELECT * FROM message
        WHERE space_id = $1 AND conversation_id = $2 AND id = p.parent_id OFFSET 0
    ) m
    WHERE m.position > $4::bigint
)
SELECT m.role, m.content, m.created_at, m.position,
    CASE WHEN m.role = 'assistant' THEN (
        SELECT json_agg(json_build_object('mark', q.mark, 'title', q.source -> 'title',
            'page', q.source -> 'page') ORDER BY q.mark)
        FROM turn_passage q
        WHERE q.space_id = $1 AND q.turn_id = m.turn_id AND q.mark > 0) END AS sources
FROM (SELECT id FROM path WHERE says AND NOT withdrawn ORDER BY position LIMIT $5) p
CROSS JOIN LATERAL (
    SELECT * FROM message WHERE space_id = $1 AND conversation_id = $2 AND id = p.id OFFSET 0
) m
ORDER BY m.position
"""
# Cursors are readable, and an id in one is for members alone.
_NOBODY = UUID(int=0)


async def shared_page(
    session: Session, conversation_id: UUID, leaf_id: UUID, *, limit: int, after: int
) -> Page[SharedMessage]:
    """Messages below the position, oldest first."""
    place = session.scope.space_id, conversation_id, leaf_id
    rows = await session.fetch(_PATH, *place, after, limit + 1)
    found = cursors.page(
        rows, limit, lambda last: cursors.position_cursor(last["position"], _NOBODY)
    )
    return Page(items=[_message(row) for row in found.items], next_cursor=found.next_cursor)


def _message(row: Mapping[str, Any]) -> SharedMessage:
    """With the sources that its text cites: what else was looked at was not said."""
    cited = {number for group in groups_in(row["content"]) for number in group.numbers}
    return SharedMessage(
        role=Role(row["role"]),
        content=row["content"],
        created_at=row["created_at"],
        sources=tuple(
            SharedSource(source["mark"], source["title"], source["page"])
            for source in row["sources"] or ()
            if source["mark"] in cited
        ),
    )
