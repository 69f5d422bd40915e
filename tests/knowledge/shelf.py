"""Documents put into the index by their rows alone: no ingestion, no originals."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from adapters.search.publishing import publish, withdraw
from adapters.search.vector import own, written
from adapters.search.vectors import keep_staged
from adapters.store.database import Database
from adapters.store.session import Session
from domain.ports.search import Candidate
from models.payloads.scope import Scope
from tests.knowledge.material import vector_of

MODEL = "hashing-1"
WORDS = ["amber", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbour", "island"]

_COLLECTION = """
INSERT INTO collection (space_id, organisation_id, name, chunker, chunk_size, chunk_overlap)
VALUES ($1, $2, $3, 'semantic', 1500, 200) ON CONFLICT DO NOTHING
"""
_DOCUMENT = """
INSERT INTO document (space_id, organisation_id, id, title, name, media_type, size, status,
    progress, passages, created_by, collection, author, language, published_on, keywords)
VALUES ($1, $2, $3, $4, 'n.txt', 'text/plain', 1, 'processing', 0, 0, $3, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
"""
_PASSAGES = """
INSERT INTO passage (space_id, organisation_id, id, document_id, version, index, text, heading,
    start, "end", page, content_hash)
SELECT $1, $2, new.id, $3, $4, new.place - 1, new.text, $7, 0, length(new.text), 1, new.hash
FROM unnest($5::uuid[], $6::text[], $8::bytea[]) WITH ORDINALITY AS new (id, text, hash, place)
"""
_LIVE = "UPDATE document SET status = 'ready', live_version = $3 WHERE space_id = $1 AND id = $2"
_OLD = "DELETE FROM passage WHERE space_id = $1 AND document_id = $2 AND version <> $3"
_PICTURE = """
INSERT INTO picture (space_id, organisation_id, id, document_id, version, index, caption, data,
    width, height, content_hash, model, vector)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', 1, 1, '', $8, $9)
"""
_DELETE = "DELETE FROM document WHERE space_id = $1 AND id = $2"


@dataclass(frozen=True, slots=True)
class Book:
    """A document, version by version."""

    texts: Sequence[str]
    vectors: Sequence[Sequence[float]]
    title: str = "Notes"
    heading: str = ""
    model: str = MODEL
    version: int = 1
    collection: str = "general"
    author: str | None = None
    language: str | None = None
    published_on: date | None = None
    keywords: tuple[str, ...] = ()
    id: UUID = field(default_factory=uuid4)
    ids: Sequence[UUID] = field(default=())


@dataclass(frozen=True, slots=True)
class Shelf:
    """One space."""

    database: Database
    scope: Scope

    async def stage(self, book: Book) -> list[UUID]:
        """Rows and vectors, not yet searchable; the passages' ids."""
        ids = list(book.ids) or [uuid4() for _ in book.texts]
        owner = self.scope.space_id, self.scope.organisation_id
        hashes = [hashlib.sha256(text.encode()).digest() for text in book.texts]
        async with self.database.transaction(self.scope) as session:
            await session.fetch(_COLLECTION, *owner, book.collection)
            await session.fetch(
                _DOCUMENT,
                *(*owner, book.id, book.title, book.collection, book.author, book.language),
                *(book.published_on, list(book.keywords)),
            )
            await session.fetch(
                _PASSAGES,
                *(*owner, book.id, book.version, ids, list(book.texts), book.heading, hashes),
            )
            await keep_staged(session, book.model, list(zip(ids, book.vectors, strict=False)))
        return ids

    async def put(self, book: Book) -> list[UUID]:
        """Searchable, in the place of any other version."""
        ids = await self.stage(book)
        await self.publish(book)
        return ids

    async def publish(self, book: Book) -> None:
        """What has been staged."""

        async def work(session: Session) -> None:
            key = self.scope.space_id, book.id
            await publish(session, book.id, book.version)
            await session.fetch(_LIVE, *key, book.version)
            await session.fetch(_OLD, *key, book.version)

        await self.database.run(self.scope, work)

    async def take(self, document_id: UUID) -> None:
        """Withdrawn and deleted."""

        async def work(session: Session) -> None:
            await withdraw(session, document_id)
            await session.fetch(_DELETE, self.scope.space_id, document_id)

        await self.database.run(self.scope, work)

    async def picture(
        self,
        document_id: UUID,
        vector: Sequence[float],
        caption: str,
        *,
        model: str = "visual",
        version: int = 1,
    ) -> UUID:
        picture_id = uuid4()
        owner = self.scope.space_id, self.scope.organisation_id
        async with self.database.transaction(self.scope) as session:
            await session.take_vectors()
            await session.fetch(
                _PICTURE,
                *(*owner, picture_id, document_id, version, picture_id.int % 2**31, caption),
                *(model, written(own(vector))),
            )
        return picture_id


def a_book(*texts: str) -> Book:
    """With the vectors of its words."""
    return Book(texts, [vector_of(text) for text in texts])


def texts_of(seed: int, count: int) -> list[str]:
    """No two are the same."""
    chance = random.Random(seed)  # noqa: S311 - texts, not secrets
    return [f"{' '.join(chance.choices(WORDS, k=6))} {seed}x{number}" for number in range(count)]


def ids_of(found: Sequence[Candidate]) -> list[UUID]:
    return [one.passage_id for one in found]
