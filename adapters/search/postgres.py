"""Vectors and full text in Postgres, inside one space, fused by rank."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from adapters.search.vector import literal
from adapters.store.database import Database
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.ports.transcript import Passage
from domain.ranking import Ranked, fuse
from domain.snippet import snippet
from models.errors import InvalidError
from models.payloads.scope import Scope
from models.payloads.sources import Source

MOST_RESULTS = 100
# Each stream gives so many: what is first in one and 40th in the other may still win.
CANDIDATES = 50
QUERY_CHARACTERS = 8_000
# Up to here the space is read whole: exact, and faster than the graph's filtered search.
EXACT_UP_TO = 2_000

# The graph is searched on until enough rows of the space have come, in nearly the right order
# (strict order costs recall: 0.97 instead of 1.0 at ten in a space of 110 among 1,150 passages).
PREPARE = """
SELECT set_config('plan_cache_mode', 'auto', true),
       set_config('hnsw.iterative_scan', 'relaxed_order', true),
       set_config('hnsw.ef_search', '100', true),
       (SELECT count(*) FROM (
            SELECT 1 FROM passage WHERE space_id = $1 AND searchable LIMIT $2
        ) AS few) AS passages
"""

# No operator of the asker's gets through: every word may match, the rank says how well.
# (`<=> … + 0` cannot use the graph, so it is exact.)
_CANDIDATES = """
WITH asked AS (
    SELECT replace(plainto_tsquery('english', $2)::text, ' & ', ' | ')::tsquery AS words
), semantic AS MATERIALIZED (
    SELECT id, embedding <=> $3::text::halfvec AS distance
    FROM passage
    WHERE space_id = $1 AND searchable AND $3::text IS NOT NULL
    ORDER BY {distance}
    LIMIT $4
), lexical AS (
    SELECT id, ts_rank(words, (SELECT words FROM asked), {normalisation}) AS rank
    FROM passage
    WHERE space_id = $1 AND searchable AND words @@ (SELECT words FROM asked)
    ORDER BY rank DESC, id
    LIMIT $4
)
SELECT 0 AS stream, id, distance AS place FROM semantic
UNION ALL
SELECT 1, id, -rank FROM lexical
ORDER BY stream, place, id
"""
_GRAPH = "embedding <=> $3::text::halfvec"
# Divide by one plus the logarithm of the length: long passages match more by chance. On
# retrieval/mtrag-un (last turn, nDCG@10) 0.736 alone and 0.783 fused; cover density, which wants
# words near each other, 0.583 and 0.718.
_BY_LENGTH = 1
APPROXIMATE = _CANDIDATES.format(distance=_GRAPH, normalisation=_BY_LENGTH)
EXACT = _CANDIDATES.format(distance=f"({_GRAPH}) + 0", normalisation=_BY_LENGTH)

_ROWS = """
SELECT p.id, p.document_id, d.title, p.heading, p.text, p.start, p."end"
FROM passage p JOIN document d ON d.space_id = p.space_id AND d.id = p.document_id
WHERE p.space_id = $1 AND p.searchable AND p.id = ANY($2::uuid[])
"""

Streams = tuple[list[UUID], list[UUID]]


class PostgresPassages(Repository):
    """A PassageIndex. The exact scan guarantees the number of rows where the graph does not."""

    def __init__(self, database: Database, *, exact_up_to: int = EXACT_UP_TO) -> None:
        super().__init__(database)
        self._exact_up_to = exact_up_to

    async def search(
        self,
        scope: Scope,
        text: str,
        vector: Sequence[float] | None,
        *,
        top_k: int,
        min_score: float | None = None,
    ) -> Sequence[Passage]:
        """Scores run to 1, for what is first in every stream. InvalidError top_k_invalid."""
        if not 1 <= top_k <= MOST_RESULTS:
            raise InvalidError(
                f"top_k is {top_k}; it may be 1 to {MOST_RESULTS}.", code="top_k_invalid"
            )
        query = _storable(text[:QUERY_CHARACTERS])
        # Made outside the transaction: thousands of numbers take a millisecond.
        asked = None if vector is None else literal(vector)
        wanted = max(CANDIDATES, 2 * top_k)

        async def work(session: Session) -> list[Passage]:
            streams = await self._streams(session, query, asked, wanted)
            ranked = fuse([stream for stream in streams if stream])[:top_k]
            if min_score is not None:
                ranked = [item for item in ranked if item.score >= min_score]
            return await _passages(session, query, ranked)

        return await self._run(scope, work)

    async def _streams(
        self, session: Session, query: str, asked: str | None, wanted: int
    ) -> Streams:
        space = session.scope.space_id
        size = await session.first(PREPARE, space, self._exact_up_to + 1)
        passages = size["passages"] if size else 0
        exact = asked is None or passages <= self._exact_up_to
        rows = await session.fetch(EXACT if exact else APPROXIMATE, space, query, asked, wanted)
        if exact:
            return _split(rows)
        return await made_good(session, rows, query, asked, wanted)


async def made_good(
    session: Session, rows: Sequence[Any], query: str, asked: str | None, wanted: int
) -> Streams:
    """The graph may give up before it has seen enough of this space: then all of it is read."""
    streams = _split(rows)
    if len(streams[0]) >= wanted:
        return streams
    space = session.scope.space_id
    return _split(await session.fetch(EXACT, space, query, asked, wanted))


def _storable(text: str) -> str:
    """What Postgres takes as text: no NUL, no lone surrogate."""
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _split(rows: Sequence[Any]) -> Streams:
    semantic = [_uuid(row["id"]) for row in rows if row["stream"] == 0]
    return semantic, [_uuid(row["id"]) for row in rows if row["stream"] == 1]


def _uuid(value: UUID) -> UUID:
    """The driver's own class of UUID does not serialise everywhere."""
    return UUID(int=value.int)


async def _passages(session: Session, query: str, ranked: Sequence[Ranked[UUID]]) -> list[Passage]:
    """Load what was found, numbered in its order. What was deleted meanwhile is left out."""
    if not ranked:
        return []
    rows = await session.fetch(_ROWS, session.scope.space_id, [item.key for item in ranked])
    found = {_uuid(row["id"]): row for row in rows}
    kept = [(item, found[item.key]) for item in ranked if item.key in found]
    return [
        Passage(
            source=Source(
                mark=mark,
                passage_id=item.key,
                document_id=_uuid(row["document_id"]),
                title=row["title"],
                heading=row["heading"],
                snippet=snippet(row["text"], query),
                score=round(item.score, 4),
                start=row["start"],
                end=row["end"],
            ),
            text=row["text"],
        )
        for mark, (item, row) in enumerate(kept, start=1)
    ]
