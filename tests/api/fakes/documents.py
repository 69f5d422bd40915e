"""Documents in memory."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from domain.parsing.naming import display_name, display_title
from domain.ports.conversations import Page
from domain.ports.knowledge import Document, KeptPassage, Metadata, NewPicture
from models.errors import ConflictError, InvalidError, NotFoundError
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.knowledge import DEFAULT_COLLECTION
from models.payloads.scope import Scope
from tests.api.fakes.clock import NOW
from tests.api.fakes.collections import MemoryCollections

Key = tuple[UUID, UUID]


class MemoryDocuments:
    """Keyed by space and id. What a worker does is done by `move`."""

    def __init__(self, collections: MemoryCollections) -> None:
        self._collections = collections
        self.rows: dict[Key, Document] = {}
        self.bytes: dict[tuple[UUID, bytes], UUID] = {}
        self.originals: dict[tuple[UUID, UUID, int], bytes] = {}
        self.texts: dict[UUID, list[KeptPassage]] = {}
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
        self,
        scope: Scope,
        *,
        limit: int,
        cursor: str | None,
        collection: str | None = None,
        status: DocumentStatus | None = None,
        query: str | None = None,
        media_type: str | None = None,
    ) -> Page[Document]:
        mine = [row for (space, _), row in self.rows.items() if space == scope.space_id]
        wanted = [row for row in mine if collection in (None, row.collection)]
        wanted = [row for row in wanted if status in (None, row.status)]
        wanted = [row for row in wanted if media_type in (None, row.media_type)]
        found = [
            row for row in wanted if (query or "").lower() in f"{row.title} {row.name}".lower()
        ]
        return Page(found[:limit], None)

    async def passages(
        self, scope: Scope, document_id: UUID, *, limit: int, cursor: str | None, at: UUID | None
    ) -> Page[KeptPassage]:
        await self.get(scope, document_id)
        return Page(self.texts.get(document_id, [])[:limit], None)

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
