"""Collections in Postgres."""

from collections.abc import Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.knowledge import Collection
from models.errors import ConflictError, LimitError, NotFoundError
from models.payloads.knowledge import DEFAULT_COLLECTION, Chunker, Chunking
from models.payloads.scope import Scope

# What a person can still tell apart, and an agent's prompt can name.
MOST_COLLECTIONS = 100
DESCRIPTION_CHARACTERS = 1_000

_COLUMNS = """
c.name, c.description, c.chunker, c.chunk_size, c.chunk_overlap, c.recency_days, c.created_at,
(SELECT count(*) FROM document d WHERE d.space_id = c.space_id AND d.collection = c.name)
    AS documents
"""
_ALL = f"SELECT {_COLUMNS} FROM collection c WHERE c.space_id = $1 ORDER BY c.name"  # noqa: S608 -- our own
_GET = f"SELECT {_COLUMNS} FROM collection c WHERE c.space_id = $1 AND c.name = $2"  # noqa: S608 -- our own
_EXISTS = "SELECT FROM collection WHERE space_id = $1 AND name = $2"
_INSERT = """
INSERT INTO collection (space_id, organisation_id, name, description, chunker, chunk_size,
    chunk_overlap, recency_days)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_CREATE = f"{_INSERT} ON CONFLICT DO NOTHING RETURNING name"
_PUT = f"""
{_INSERT} ON CONFLICT (space_id, name) DO UPDATE SET description = excluded.description,
    chunker = excluded.chunker, chunk_size = excluded.chunk_size,
    chunk_overlap = excluded.chunk_overlap, recency_days = excluded.recency_days
WHERE collection.space_id = $1
"""
# Whoever else makes one waits; rows that refer to the space do not.
_LOCK_SPACE = "SELECT FROM space WHERE id = $1 FOR NO KEY UPDATE"
_COUNT = "SELECT count(*) AS count FROM collection WHERE space_id = $1 AND name <> $2"
_DELETE = "DELETE FROM collection WHERE space_id = $1 AND name = $2 RETURNING name"


async def ensure_collection(session: Session, name: str) -> None:
    """NotFoundError("collection_not_found"); `general` is made when it is first needed. That it
    is there when the transaction ends is the foreign key's to see."""
    scope = session.scope
    if await session.first(_EXISTS, scope.space_id, name) is not None:
        return
    if name != DEFAULT_COLLECTION:
        raise collection_not_found()
    await session.fetch(_CREATE, *_row(scope, Collection(name)))


def collection_not_found() -> NotFoundError:
    return NotFoundError("There is no such collection.", code="collection_not_found")


class PostgresCollections(Repository):
    """A Collections."""

    async def all(self, scope: Scope) -> Sequence[Collection]:
        async def work(session: Session) -> Sequence[Collection]:
            rows = await session.fetch(_ALL, scope.space_id)
            listed = [_collection(row) for row in rows]
            if all(collection.name != DEFAULT_COLLECTION for collection in listed):
                listed.append(Collection(DEFAULT_COLLECTION))
            return sorted(listed, key=lambda collection: collection.name)

        return await self._run(scope, work)

    async def get(self, scope: Scope, name: str) -> Collection:
        async def work(session: Session) -> Collection:
            return await _get(session, name)

        return await self._run(scope, work)

    async def create(self, scope: Scope, collection: Collection) -> Collection:
        async def work(session: Session) -> Collection:
            if collection.name == DEFAULT_COLLECTION:
                raise _exists()
            await session.fetch(_LOCK_SPACE, scope.space_id)
            count = await session.first(_COUNT, scope.space_id, DEFAULT_COLLECTION)
            created = await session.first(_CREATE, *_row(scope, collection))
            if created is None:
                raise _exists()
            if count is not None and count["count"] >= MOST_COLLECTIONS:
                raise LimitError(
                    f"A space has {MOST_COLLECTIONS} collections at most.", code="collections_full"
                )
            return await _get(session, collection.name)

        return await self._run(scope, work)

    async def update(self, scope: Scope, collection: Collection) -> Collection:
        async def work(session: Session) -> Collection:
            await _get(session, collection.name)
            await session.fetch(_PUT, *_row(scope, collection))
            return await _get(session, collection.name)

        return await self._run(scope, work)

    async def delete(self, scope: Scope, name: str) -> None:
        async def work(session: Session) -> None:
            if await session.first(_DELETE, scope.space_id, name) is None:
                raise collection_not_found()

        if name == DEFAULT_COLLECTION:
            raise ConflictError(
                f"The collection {DEFAULT_COLLECTION} stays.", code="collection_permanent"
            )
        try:
            await self._run(scope, work)
        except asyncpg.ForeignKeyViolationError:
            raise ConflictError(
                "The collection has documents.", code="collection_not_empty"
            ) from None


def _exists() -> ConflictError:
    return ConflictError("There is a collection of this name.", code="collection_exists")


async def _get(session: Session, name: str) -> Collection:
    row = await session.first(_GET, session.scope.space_id, name)
    if row is not None:
        return _collection(row)
    if name != DEFAULT_COLLECTION:
        raise collection_not_found()
    return Collection(DEFAULT_COLLECTION)


def _row(scope: Scope, collection: Collection) -> tuple[Any, ...]:
    chunking = collection.chunking
    return (
        *(scope.space_id, scope.organisation_id, collection.name),
        clean(collection.description)[:DESCRIPTION_CHARACTERS],
        *(chunking.chunker.value, chunking.size, chunking.overlap, collection.recency_days),
    )


def _collection(row: Any) -> Collection:  # noqa: ANN401 - a driver's record
    chunking = Chunking(
        chunker=Chunker(row["chunker"]), size=row["chunk_size"], overlap=row["chunk_overlap"]
    )
    return Collection(
        name=row["name"],
        description=row["description"],
        chunking=chunking,
        recency_days=row["recency_days"],
        documents=row["documents"],
        created_at=row["created_at"],
    )
