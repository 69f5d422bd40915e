"""Passages as ranking needs them."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from adapters.search.vector import read
from adapters.store.session import Session
from domain.ports.search import Loaded
from domain.ports.transcript import Passage
from domain.snippet import snippet
from models.payloads.sources import Source

_ROWS: Final = """
SELECT p.id, p.document_id, d.title, p.heading, p.text, p.start, p."end", p.page, p.content_hash,
    d.published_on, d.collection, d.url, k.recency_days{vector}
FROM passage p
JOIN document d ON d.space_id = p.space_id AND d.id = p.document_id
    AND d.live_version = p.version
LEFT JOIN collection k ON k.space_id = d.space_id AND k.name = d.collection{join}
WHERE p.space_id = $1 AND p.id = ANY($2::uuid[])
"""
ROWS: Final = _ROWS.format(vector="", join="")
ROWS_WITH_VECTORS: Final = _ROWS.format(
    vector=", v.embedding AS vector",
    join="""
LEFT JOIN space_index i ON i.space_id = $1
LEFT JOIN passage_vector v ON v.space_id = $1 AND v.passage_id = p.id AND v.model = i.model""",
)
OF_DOCUMENTS: Final = """
SELECT p.id FROM passage p
JOIN document d ON d.space_id = p.space_id AND d.id = p.document_id
    AND d.live_version = p.version
WHERE p.space_id = $1 AND p.document_id = ANY($2::uuid[])
ORDER BY array_position($2::uuid[], p.document_id), p.index
LIMIT $3
"""


async def load(session: Session, ids: Sequence[UUID], query: str, *, vectors: bool) -> list[Loaded]:
    """In the order of the ids; what is not live now is left out."""
    statement = ROWS_WITH_VECTORS if vectors else ROWS
    if vectors:
        await session.take_vectors()
    rows = await session.fetch(statement, session.scope.space_id, list(ids))
    found = {row["id"].int: row for row in rows}
    return [_loaded(found[key.int], query, vectors) for key in ids if key.int in found]


def _loaded(row: Any, query: str, vectors: bool) -> Loaded:  # noqa: ANN401, FBT001 - a driver's record
    source = Source(
        mark=0,
        passage_id=UUID(int=row["id"].int),
        document_id=UUID(int=row["document_id"].int),
        title=row["title"],
        heading=row["heading"],
        snippet=snippet(row["text"], query),
        start=row["start"],
        end=row["end"],
        page=row["page"],
        collection=row["collection"],
        url=row["url"],
    )
    return Loaded(
        passage=Passage(source=source, text=row["text"]),
        content_hash=row["content_hash"],
        published_on=row["published_on"],
        recency_days=row["recency_days"],
        vector=read(row["vector"]) if vectors and row["vector"] is not None else None,
    )


async def of_documents(session: Session, documents: Sequence[UUID], limit: int) -> list[UUID]:
    rows = await session.fetch(OF_DOCUMENTS, session.scope.space_id, list(documents), limit)
    return [UUID(int=row["id"].int) for row in rows]
