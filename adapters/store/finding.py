"""Conversations by what is said in them, or by their titles."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.store import cursor as cursors
from adapters.store.conversation_row import conversation_view
from adapters.store.session import Session
from domain.hit import around, pattern, words_of
from domain.ports.conversations import Conversation, Page, Sought

Place = tuple[bool, datetime, UUID]

# The policy of `message_words` shows the rows that this matches, and no others.
_WORDS = r"""
SELECT set_config('app.words', coalesce(string_agg(
    '''' || replace(replace(left($1::uuid::text, 8) || lexeme, '\', '\\'), '''', '''''') || ''':*',
    ' & '), ''), true)
FROM unnest(tsvector_to_array(to_tsvector('simple', $2))) AS lexeme
"""
_RANKED = """
WITH hit AS MATERIALIZED (
    SELECT conversation_id, array_agg(message_id) AS messages FROM message_words
    WHERE space_id = $1 GROUP BY conversation_id
), candidate AS (
    SELECT c.*, h.messages, coalesce(c.title ~* ALL($2::text[]), false) AS titled
    FROM conversation c LEFT JOIN hit h ON h.conversation_id = c.id
    WHERE c.space_id = $1 AND c.kind = 'chat'
        AND ($3::boolean IS NULL OR (c.state = 'archived') = $3)
        AND ($4::boolean IS NULL OR (c.pinned_at IS NOT NULL) = $4)
)
SELECT * FROM candidate
WHERE (titled OR messages IS NOT NULL)
    AND ($5::boolean IS NULL OR (titled, created_at, id) < ($5, $6::timestamptz, $7::uuid))
ORDER BY titled DESC, created_at DESC, id DESC LIMIT $8
"""
# The newest of each; none where all were withdrawn.
_SAID = """
SELECT DISTINCT ON (h.conversation_id) h.conversation_id, m.content
FROM unnest($2::uuid[], $3::uuid[]) AS h(conversation_id, message_id)
CROSS JOIN LATERAL (SELECT * FROM message WHERE space_id = $1
    AND conversation_id = h.conversation_id AND id = h.message_id AND NOT withdrawn OFFSET 0) m
ORDER BY h.conversation_id, m.created_at DESC, m.position DESC
"""


async def found(
    session: Session, sought: Sought, limit: int, place: Place | None
) -> Page[Conversation]:
    space, words = session.scope.space_id, words_of(sought.query)
    await session.fetch(_WORDS, space, " ".join(words))
    patterns = [pattern(word) for word in words]
    shown: list[tuple[Mapping[str, Any], str | None]] = []
    while len(shown) <= limit:
        rows = await session.fetch(
            *(_RANKED, space, patterns, sought.archived, sought.pinned),
            *(place or (None, None, None)),
            limit + 1,
        )
        said = await _said(session, rows)
        shown += [(row, said.get(row["id"])) for row in rows if row["titled"] or row["id"] in said]
        if len(rows) <= limit:
            break
        # Where all hits were withdrawn, others come after them.
        place = rows[-1]["titled"], rows[-1]["created_at"], rows[-1]["id"]
    page = cursors.page(
        shown,
        limit,
        lambda last: cursors.found_cursor(last[0]["titled"], last[0]["created_at"], last[0]["id"]),
    )
    return Page([_view(row, text, words) for row, text in page.items], page.next_cursor)


async def _said(session: Session, rows: Sequence[Mapping[str, Any]]) -> Mapping[UUID, str]:
    hits = [(row["id"], one) for row in rows for one in row["messages"] or ()]
    found = await session.fetch(
        *(_SAID, session.scope.space_id),
        [conversation for conversation, _ in hits],
        [message for _, message in hits],
    )
    return {row["conversation_id"]: row["content"] for row in found}


def _view(row: Mapping[str, Any], text: str | None, words: Sequence[str]) -> Conversation:
    snippet = None if text is None else around(text, words)
    return replace(conversation_view(row), snippet=snippet)
