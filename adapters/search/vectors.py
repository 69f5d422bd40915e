"""Which model's vectors a space has: staged, kept beside those in use, switched."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID, uuid4

from adapters.search import codes
from adapters.search.space import locked
from adapters.search.standing import STANDING
from adapters.search.vector import unit, written
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.usage import keep_usage
from domain.ports.transcript import UsageEntry
from models.payloads.scope import Scope

# Vectors in a statement: 400 KB.
_BATCH: Final = 64

_TEXT: Final = f"{STANDING} || E'\\n\\n' || p.text"
_LACKING: Final = """
NOT EXISTS (
    SELECT FROM passage_vector v WHERE v.space_id = $1 AND v.passage_id = p.id AND v.model = $2
)
"""
_MISSING_OF_DOCUMENT: Final = f"""
SELECT p.id, {_TEXT} AS text
FROM passage p JOIN document d ON d.space_id = p.space_id AND d.id = p.document_id
WHERE p.space_id = $1 AND p.document_id = $3 AND p.version = $4
    AND p.index >= $5 AND p.index < $5 + $6 AND {_LACKING}
ORDER BY p.index
"""  # noqa: S608 - made of our own parts
_MISSING: Final = f"""
SELECT p.id, {_TEXT} AS text
FROM passage p JOIN document d ON d.space_id = p.space_id AND d.id = p.document_id
WHERE p.space_id = $1 AND p.version = d.live_version
    AND ($3::uuid IS NULL OR p.id > $3) AND {_LACKING}
ORDER BY p.id LIMIT $4
"""  # noqa: S608 - made of our own parts
# Of a passage that has gone meanwhile nothing is kept; one that is going waits for us.
_KEEP: Final = """
INSERT INTO passage_vector (space_id, passage_id, model, embedding)
SELECT $1, p.id, $2, new.vector
FROM unnest($3::uuid[], $4::halfvec[]) AS new (id, vector)
JOIN LATERAL (
    SELECT p.id FROM passage p WHERE p.space_id = $1 AND p.id = new.id FOR KEY SHARE
) AS p ON true
ON CONFLICT DO NOTHING
RETURNING passage_id
"""
_MODEL: Final = "SELECT model FROM space_index WHERE space_id = $1"
_LIVE_LACKING: Final = """
SELECT count(*) AS passages FROM passage_code c
WHERE c.space_id = $1 AND NOT EXISTS (
    SELECT FROM passage_vector v
    WHERE v.space_id = $1 AND v.passage_id = c.passage_id AND v.model = $2
)
"""
_SWITCH: Final = "UPDATE space_index SET model = $2 WHERE space_id = $1"
# So many in a statement, until there are none.
_FORGOTTEN: Final = 20_000
_FORGET: Final = f"""
DELETE FROM passage_vector USING (
    SELECT passage_id, model FROM passage_vector
    WHERE space_id = $1 AND model <> $2 LIMIT {_FORGOTTEN}
) AS old
WHERE passage_vector.space_id = $1 AND passage_vector.passage_id = old.passage_id
    AND passage_vector.model = old.model
RETURNING 1
"""  # noqa: S608 - our own number
_BEHIND: Final = "SELECT organisation_id, space_id FROM spaces_behind($1, $2)"


async def missing_of_document(
    session: Session, document_id: UUID, version: int, model: str, start: int, count: int
) -> list[tuple[UUID, str]]:
    """Passages from index `start` on, `count` at most, without a vector of that model, with the
    text to embed: title and heading path, a blank line, the passage."""
    rows = await session.fetch(
        _MISSING_OF_DOCUMENT, session.scope.space_id, model, document_id, version, start, count
    )
    return [(UUID(int=row["id"].int), row["text"]) for row in rows]


async def keep_staged(
    session: Session, model: str, vectors: Sequence[tuple[UUID, Sequence[float]]]
) -> int:
    """Keep vectors of passages that are there; what a passage has of this model stays. Gives how
    many were new. ModelGarbledError for one that is no vector."""
    await session.take_vectors()
    kept = 0
    for start in range(0, len(vectors), _BATCH):
        some = vectors[start : start + _BATCH]
        ids = [passage_id for passage_id, _ in some]
        sent = [written(unit(vector)) for _, vector in some]
        kept += len(await session.fetch(_KEEP, session.scope.space_id, model, ids, sent))
    return kept


class PostgresVectors(Repository):
    """Implements `domain.ports.vectors.Vectors`."""

    async def model(self, scope: Scope) -> str | None:
        async def work(session: Session) -> str | None:
            row = await session.first(_MODEL, scope.space_id)
            return row["model"] if row is not None else None

        return await self._run(scope, work)

    async def missing(
        self, scope: Scope, model: str, after: UUID | None, limit: int
    ) -> Sequence[tuple[UUID, str]]:
        async def work(session: Session) -> Sequence[tuple[UUID, str]]:
            await session.snapshot()
            rows = await session.fetch(_MISSING, scope.space_id, model, after, limit)
            return [(UUID(int=row["id"].int), row["text"]) for row in rows]

        return await self._run(scope, work)

    async def keep(
        self,
        scope: Scope,
        model: str,
        vectors: Sequence[tuple[UUID, list[float]]],
        usage: UsageEntry | None,
    ) -> None:
        """Usage is kept with the vectors: what was paid for is there, and the other way round."""
        usage_id = uuid4()

        async def work(session: Session) -> None:
            await keep_staged(session, model, vectors)
            await keep_usage(session, usage_id, usage)

        await self._run(scope, work)

    async def switch(self, scope: Scope, model: str) -> int:
        async def work(session: Session) -> int:
            state = await locked(session)
            if state.model == model:
                return 0
            row = await session.first(_LIVE_LACKING, scope.space_id, model)
            lacking = int(row["passages"]) if row is not None else 0
            if lacking or not state.passages:
                return lacking
            await codes.renew(session, model, state)
            await session.fetch(_SWITCH, scope.space_id, model)
            while len(await session.fetch(_FORGET, scope.space_id, model)) == _FORGOTTEN:
                pass
            return 0

        return await self._run(scope, work)

    async def behind(self, model: str, limit: int) -> Sequence[Scope]:
        """Told ids alone, by a function: rows of other spaces are seen by nobody."""

        async def work(session: Session) -> Sequence[Scope]:
            rows = await session.fetch(_BEHIND, model, limit)
            return [
                Scope(
                    organisation_id=UUID(int=row["organisation_id"].int),
                    space_id=UUID(int=row["space_id"].int),
                )
                for row in rows
            ]

        return await self._database.run(None, work)
