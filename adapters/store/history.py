"""A conversation's history: the messages on its active path, in pages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from adapters.store import cursor as cursors
from adapters.store.session import Session
from domain.ports.conversations import Message, Page
from models.payloads.chat import Role
from models.payloads.sources import Source

# What is looked at beyond a page: messages that were withdrawn or lie on other branches.
_MARGIN = 50

_COLUMNS = """m.id, m.role, m.content, m.parent_id, m.turn_id, m.created_at, m.position,
    NOT m.withdrawn AND (m.content <> '' OR m.calls = '[]') AS visible,
    CASE WHEN m.role = 'assistant' THEN (
        SELECT json_agg(q.source ORDER BY q.mark) FROM turn_passage q
        WHERE q.space_id = $1 AND q.turn_id = m.turn_id AND q.mark > 0) END AS sources"""
# All branches together, by the index on positions.
_NEAR = f"""
SELECT {_COLUMNS}, m.id = c.active_leaf AS leaf
FROM conversation c
JOIN message l ON l.space_id = $1 AND l.conversation_id = $2 AND l.id = c.active_leaf
JOIN message m ON m.space_id = $1 AND m.conversation_id = $2
    AND m.position > $3::bigint AND m.position <= l.position
WHERE c.space_id = $1 AND c.id = $2
ORDER BY m.position LIMIT $4
"""  # noqa: S608 - made of our own parts
# From the leaf up: costs as much as the conversation is long, and is always right.
_WALK = f"""
WITH RECURSIVE path AS (
    SELECT m.id, m.parent_id, m.position FROM conversation c
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = c.active_leaf
    WHERE c.space_id = $1 AND c.id = $2 AND m.position > $3::bigint
    UNION ALL
    SELECT m.id, m.parent_id, m.position FROM path p
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = p.parent_id
    WHERE m.position > $3::bigint
)
SELECT {_COLUMNS}
FROM path JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = path.id
WHERE NOT m.withdrawn AND (m.content <> '' OR m.calls = '[]')
ORDER BY m.position LIMIT $4
"""  # noqa: S608 - made of our own parts
# By the index on positions, which siblings share.
_SIBLINGS = """
SELECT m.id, array_agg(s.id ORDER BY s.created_at, s.id) AS siblings
FROM unnest($3::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (SELECT * FROM message
    WHERE space_id = $1 AND conversation_id = $2 AND id = wanted.id OFFSET 0) m
CROSS JOIN LATERAL (SELECT id, created_at FROM message
    WHERE space_id = $1 AND conversation_id = $2 AND position = m.position
        AND parent_id IS NOT DISTINCT FROM m.parent_id AND NOT withdrawn
        AND (role = 'user' OR NOT $4) OFFSET 0) s
GROUP BY m.id
"""


async def messages_page(
    session: Session, conversation_id: UUID, *, limit: int, after: int
) -> Page[Message]:
    """Messages below the position, oldest first. A step that said nothing and called tools is
    no message to a reader."""
    key = session.scope.space_id, conversation_id
    shown: list[Mapping[str, Any]] = []
    while len(shown) <= limit:
        rows = await session.fetch(_NEAR, *key, after, limit + _MARGIN)
        part = _on_path(rows, after, whole=len(rows) < limit + _MARGIN)
        if rows and not part:
            shown += await session.fetch(_WALK, *key, after, limit + 1 - len(shown))
            break
        shown += [row for row in part if row["visible"]]
        if not part or part[-1]["leaf"]:
            break
        after = part[-1]["position"]
    found = cursors.page(
        shown, limit, lambda last: cursors.position_cursor(last["position"], last["id"])
    )
    beside = await siblings(session, conversation_id, [row["id"] for row in found.items])
    items = [replace(message(row), siblings=beside[row["id"]]) for row in found.items]
    return Page(items=items, next_cursor=found.next_cursor)


async def siblings(
    session: Session, conversation_id: UUID, messages: Sequence[UUID], *, asked: bool = False
) -> Mapping[UUID, tuple[UUID, ...]]:
    """The siblings of each, oldest first; `asked` leaves out what assistants said. One that was
    taken away since it was read stands alone."""
    space = session.scope.space_id
    rows = await session.fetch(_SIBLINGS, space, conversation_id, list(messages), asked)
    found = {row["id"]: tuple(row["siblings"]) for row in rows}
    return {message: found.get(message, (message,)) for message in messages}


def _on_path(
    rows: Sequence[Mapping[str, Any]], after: int, *, whole: bool
) -> list[Mapping[str, Any]]:
    """The rows on the active path, as far as these tell: a message that is alone at its position
    is on every path to the leaf, so what lies above it is found by its parents. Empty when no
    message here is."""
    held = Counter(row["position"] for row in rows)
    if not whole:
        # Others may share the last position, beyond what was read.
        held[rows[-1]["position"]] += 1
    known = {row["id"]: row for row in rows}
    path: list[Mapping[str, Any]] = []
    row = next((row for row in reversed(rows) if row["leaf"] or held[row["position"]] == 1), None)
    while row is not None and row["position"] > after:
        path.append(row)
        row = known.get(row["parent_id"])
    return path[::-1]


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
