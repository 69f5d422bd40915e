"""Plain fakes of what the edge knows documents by."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

from domain.parsing.naming import display_name, display_title
from domain.ports.conversations import Page
from domain.ports.knowledge import Collection, Document, Metadata, NewPicture
from domain.ports.parsing import ParsedDocument
from domain.ports.search import Candidate, FindRequest, Found, Loaded, PictureHit
from domain.ports.transcript import Passage, UsageEntry
from models.errors import ConflictError, InvalidError, LimitError, NotFoundError
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.knowledge import DEFAULT_COLLECTION, Chunking, Filters
from models.payloads.scope import Scope
from models.payloads.sources import Source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
Key = tuple[UUID, UUID]


class MemoryCollections:
    def __init__(self) -> None:
        self.rows: dict[UUID, dict[str, Collection]] = {}

    def of(self, scope: Scope) -> dict[str, Collection]:
        general = Collection(DEFAULT_COLLECTION, created_at=NOW)
        return self.rows.setdefault(scope.space_id, {DEFAULT_COLLECTION: general})

    async def all(self, scope: Scope) -> Sequence[Collection]:
        return [row for _, row in sorted(self.of(scope).items())]

    async def get(self, scope: Scope, name: str) -> Collection:
        if name not in self.of(scope):
            raise NotFoundError(f"There is no collection {name}.", code="collection_not_found")
        return self.of(scope)[name]

    async def create(self, scope: Scope, collection: Collection) -> Collection:
        mine = self.of(scope)
        if collection.name in mine:
            raise ConflictError("The space has it already.", code="collection_exists")
        if len(mine) >= 100:
            raise LimitError("A space has 100 collections at most.", code="collections_full")
        mine[collection.name] = replace(collection, created_at=NOW)
        return mine[collection.name]

    async def update(self, scope: Scope, collection: Collection) -> Collection:
        await self.get(scope, collection.name)
        self.of(scope)[collection.name] = collection
        return collection

    async def delete(self, scope: Scope, name: str) -> None:
        found = await self.get(scope, name)
        if name == DEFAULT_COLLECTION:
            raise ConflictError("It stays.", code="collection_permanent")
        if found.documents:
            raise ConflictError("It holds documents.", code="collection_not_empty")
        del self.of(scope)[name]


class MemoryDocuments:
    """Keyed by space and id. What a worker does is done by `move`."""

    def __init__(self, collections: MemoryCollections) -> None:
        self._collections = collections
        self.rows: dict[Key, Document] = {}
        self.bytes: dict[tuple[UUID, bytes], UUID] = {}
        self.originals: dict[tuple[UUID, UUID, int], bytes] = {}
        self.gets = 0
        self.asked: list[Sequence[UUID]] = []
        self.failure: Exception | None = None

    def move(self, scope: Scope, document_id: UUID, **changes: object) -> Document:
        """Change a row as its ingestion would."""
        row = self.rows[scope.space_id, document_id]
        moved = replace(row, changed=row.changed + 1, **changes)  # type: ignore[arg-type]  # a test's
        self.rows[scope.space_id, document_id] = moved
        return moved

    def _keep(self, scope: Scope, row: Document, data: bytes | None) -> Document:
        self.rows[scope.space_id, row.id] = row
        if data is not None:
            self.bytes[scope.space_id, data] = row.id
            self.originals[scope.space_id, row.id, row.version] = data
        return row

    async def add(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        title: str,
        name: str,
        media_type: str,
        data: bytes,
        collection: str = DEFAULT_COLLECTION,
        metadata: Metadata | None = None,
    ) -> tuple[Document, bool]:
        if self.failure:
            raise self.failure
        await self._count(scope, collection, 0)
        if known := self.bytes.get((scope.space_id, data)):
            return self.rows[scope.space_id, known], False
        await self._count(scope, collection, 1)
        row = _new(title, name, media_type, len(data), collection, metadata)
        return self._keep(scope, row, data), True

    async def add_url(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        url: str,
        title: str,
        collection: str = DEFAULT_COLLECTION,
        metadata: Metadata | None = None,
    ) -> tuple[Document, bool]:
        await self._count(scope, collection, 0)
        for (space, _), row in self.rows.items():
            if space == scope.space_id and row.url == url:
                return row, False
        await self._count(scope, collection, 1)
        row = replace(_new(title, display_name(url), "", 0, collection, metadata), url=url)
        return self._keep(scope, row, None), True

    async def replace(
        self,
        scope: Scope,
        user_id: UUID,
        document_id: UUID,
        *,
        name: str,
        media_type: str,
        data: bytes,
    ) -> tuple[Document, bool]:
        row = await self.get(scope, document_id)
        if self.originals.get((scope.space_id, document_id, row.version)) == data:
            return row, False
        if self.bytes.get((scope.space_id, data), document_id) != document_id:
            raise ConflictError("Another document has these bytes.", code="document_exists")
        return self._keep(scope, _next(row, name, media_type, len(data)), data), True

    async def refresh(self, scope: Scope, user_id: UUID, document_id: UUID) -> Document:
        row = await self.get(scope, document_id)
        if row.url is None:
            raise InvalidError("It came from no address.", code="document_without_url")
        return self._keep(scope, _next(row, row.name, row.media_type, 0), None)

    async def update(
        self,
        scope: Scope,
        document_id: UUID,
        *,
        title: str | None = None,
        collection: str | None = None,
        metadata: Metadata | None = None,
    ) -> Document:
        row = await self.get(scope, document_id)
        if collection is not None:
            await self._count(scope, row.collection, -1)
            await self._count(scope, collection, 1)
        row = replace(
            row,
            title=title or row.title,
            collection=collection or row.collection,
            metadata=metadata or row.metadata,
        )
        return self._keep(scope, row, None)

    async def get(self, scope: Scope, document_id: UUID) -> Document:
        self.gets += 1
        if self.failure:
            raise self.failure
        found = self.rows.get((scope.space_id, document_id))
        if found is None:
            raise NotFoundError("There is no such document.", code="document_not_found")
        return found

    async def known(self, scope: Scope, ids: Sequence[UUID]) -> frozenset[UUID]:
        self.asked.append(ids)
        return frozenset(one for one in ids if (scope.space_id, one) in self.rows)

    async def page(
        self, scope: Scope, *, limit: int, cursor: str | None, collection: str | None = None
    ) -> Page[Document]:
        mine = [row for (space, _), row in self.rows.items() if space == scope.space_id]
        wanted = [row for row in mine if collection in (None, row.collection)]
        return Page(wanted[:limit], None)

    async def delete(self, scope: Scope, document_id: UUID) -> None:
        row = await self.get(scope, document_id)
        await self._count(scope, row.collection, -1)
        del self.rows[scope.space_id, document_id]

    async def original(self, key: DocumentKey) -> bytes:
        space, document = key.scope.space_id, key.document_id
        row = self.rows.get((space, document))
        if row is None or row.version != key.version:
            raise NotFoundError("There is no such document.", code="document_not_found")
        data = self.originals.get((space, document, key.version))
        if data is None:
            raise NotFoundError("Its bytes are not here.", code="original_missing")
        return data

    async def _count(self, scope: Scope, name: str, by: int) -> None:
        row = await self._collections.get(scope, name)
        self._collections.of(scope)[name] = replace(row, documents=row.documents + by)

    async def keep_original(self, *_: object, **__: object) -> None:
        raise NotImplementedError  # this and the next: workers', never the edge's

    async def keep_passages(self, *_: object, **__: object) -> None:
        raise NotImplementedError

    async def passages_without_vector(self, *_: object, **__: object) -> Sequence[tuple[UUID, str]]:
        raise NotImplementedError

    async def keep_vectors(self, *_: object, **__: object) -> None:
        raise NotImplementedError

    async def pictures(self, *_: object, **__: object) -> Sequence[tuple[UUID, NewPicture]]:
        raise NotImplementedError

    async def keep_picture(self, *_: object, **__: object) -> None:
        raise NotImplementedError

    async def finish(self, *_: object, **__: object) -> None:
        raise NotImplementedError


def _new(
    title: str, name: str, media_type: str, size: int, collection: str, metadata: Metadata | None
) -> Document:
    return Document(
        id=uuid4(),
        title=title or display_title("", name),
        name=name,
        media_type=media_type,
        size=size,
        status=DocumentStatus.QUEUED,
        progress=0.0,
        passages=0,
        error_code=None,
        error_detail=None,
        created_at=NOW,
        collection=collection,
        metadata=metadata or Metadata(),
        changed=1,
    )


def _next(row: Document, name: str, media_type: str, size: int) -> Document:
    return replace(
        row,
        name=name,
        media_type=media_type,
        size=size,
        status=DocumentStatus.QUEUED,
        progress=0.0,
        version=row.version + 1,
        changed=row.changed + 1,
    )


class FixedFinder:
    """Finds the same two passages, of those the first may be asked for alone."""

    def __init__(self, collections: MemoryCollections) -> None:
        self._collections = collections
        self.asked: list[FindRequest] = []
        self.error: str | None = None
        self.usage: tuple[UsageEntry, ...] = ()

    async def find(self, scope: Scope, request: FindRequest) -> Found:
        self.asked.append(request)
        for name in request.filters.collections:
            await self._collections.get(scope, name)
        found = [
            Passage(
                Source(
                    mark=mark,
                    passage_id=uuid4(),
                    document_id=uuid5(scope.space_id, str(mark)),
                    title="Brand guide",
                    heading="Tone › Headlines",
                    snippet=request.query[:20],
                    score=1 / mark,
                    page=mark,
                    collection=DEFAULT_COLLECTION,
                ),
                "Headlines are short.",
            )
            for mark in (1, 2)
        ]
        least = request.min_score or 0.0
        good = [passage for passage in found if passage.source.score >= least]
        return Found(passages=good[: request.top_k], usage=self.usage, error=self.error)


class PicturesIndex:
    """One picture like all others."""

    def __init__(self) -> None:
        self.asked: list[tuple[Scope, Sequence[float], str, Filters | None]] = []

    async def pictures(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> Sequence[PictureHit]:
        self.asked.append((scope, vector, model, filters))
        document = uuid5(scope.space_id, "deck")
        hits = [
            PictureHit(uuid5(document, str(page)), document, "Deck", "A bicycle", page, 1 / page)
            for page in (1, 2)
        ]
        return hits[:limit]

    async def lexical(self, *_: object, **__: object) -> Sequence[Candidate]:
        raise NotImplementedError  # this and the next: the finder's, never the edge's

    async def semantic(self, *_: object, **__: object) -> Sequence[Candidate]:
        raise NotImplementedError

    async def load(self, *_: object, **__: object) -> Sequence[Loaded]:
        raise NotImplementedError

    async def of_documents(self, *_: object, **__: object) -> Sequence[UUID]:
        raise NotImplementedError


class PictureParser:
    """Reads every picture as one; what says `broken` inside cannot be read."""

    async def parse(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> ParsedDocument:
        if b"broken" in data:
            raise InvalidError("The file could not be read.", code="document_parse_failed")
        if b"slow" in data:
            raise InvalidError("It takes too long.", code="document_parse_timeout")
        if b"empty" in data:
            return ParsedDocument("", ())
        return ParsedDocument("", (), (NewPicture(0, b"small:" + data, "", 8, 8),))


class SizeEmbedder:
    name = "sizes"
    dimension = 2

    async def embed(self, pictures: Sequence[bytes]) -> tuple[list[list[float]], Usage]:
        return [[1.0, 0.0] for _ in pictures], Usage(input_tokens=len(pictures))


__all__ = [
    "FixedFinder",
    "MemoryCollections",
    "MemoryDocuments",
    "PictureParser",
    "PicturesIndex",
    "SizeEmbedder",
]
