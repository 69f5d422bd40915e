"""Documents: what was uploaded or fetched, and how far it has been taken in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.ports.conversations import Page
from domain.ports.transcript import UsageEntry
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.knowledge import Chunking
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document besides its text; all of it may be searched by."""

    author: str | None = None
    language: str | None = None
    """ISO 639-1."""
    published_on: date | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """Status, progress, counts and error are those of its newest version; `live_version` is the
    one that searches find, 0 before the first is ready."""

    id: UUID
    title: str
    name: str
    media_type: str
    size: int
    status: DocumentStatus
    progress: float
    """From 0 to 1."""
    passages: int
    error_code: str | None
    error_detail: str | None
    created_at: datetime
    embedded: int = 0
    """Passages of the newest version that have a vector."""
    pictures: int = 0
    version: int = 1
    live_version: int = 0
    collection: str = "general"
    url: str | None = None
    metadata: Metadata = field(default_factory=Metadata)
    changed: int = 0
    """Rises with every change of status or progress: the id of its stream's events."""


@dataclass(frozen=True, slots=True)
class NewPassage:
    """`heading` is the path of headings above it; offsets are characters of the parsed text."""

    index: int
    text: str
    heading: str
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class KeptPassage(NewPassage):
    """One that searches find."""

    id: UUID = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture in a document, or the document itself. `data` is a PNG or JPEG made small enough
    for any model (1,024 pixels at most). `passage` is the index of the passage that holds its
    caption, or that it stands in when `caption` is empty; None when there is no passage."""

    index: int
    data: bytes
    caption: str
    width: int
    height: int
    page: int | None = None
    passage: int | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents that agents and searches may name together."""

    name: str
    description: str = ""
    chunking: Chunking = field(default_factory=Chunking)
    recency_days: float | None = None
    """Days after which a passage counts half as much as a new one; None: age does not count."""
    documents: int = 0
    created_at: datetime | None = None


class Collections(Protocol):
    """NotFoundError("collection_not_found") for the unknown and the foreign alike."""

    async def all(self, scope: Scope) -> Sequence[Collection]:
        """By name; `general` is always among them."""

    async def get(self, scope: Scope, name: str) -> Collection: ...

    async def create(self, scope: Scope, collection: Collection) -> Collection:
        """ConflictError("collection_exists"); LimitError("collections_full") beyond 100."""

    async def update(self, scope: Scope, collection: Collection) -> Collection:
        """Documents that it has already keep their passages until they are taken in again."""

    async def delete(self, scope: Scope, name: str) -> None:
        """ConflictError("collection_not_empty"); `general` stays: ConflictError
        ("collection_permanent")."""


class Documents(Protocol):
    """NotFoundError("document_not_found") for the unknown and the foreign alike, and from
    methods that take a DocumentKey also when a newer version has taken its place."""

    async def add(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        title: str,
        name: str,
        media_type: str,
        data: bytes,
        collection: str = "general",
        metadata: Metadata | None = None,
    ) -> tuple[Document, bool]:
        """Store the original. The bool is False when the space has these bytes already: then it
        is the same document (a failed one is queued again). NotFoundError collection_not_found,
        LimitError documents_queue_full when too many of the space wait already."""

    async def add_url(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        url: str,
        title: str,
        collection: str = "general",
        metadata: Metadata | None = None,
    ) -> tuple[Document, bool]:
        """A document whose bytes are still to be fetched; False when the space has this address
        already (it is then queued again when it failed)."""

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
        """Store a new version, which takes the place of the live one when it is ready; the bool
        is False when these bytes are the newest version already. ConflictError
        ("document_exists") when another document of the space has them."""

    async def refresh(self, scope: Scope, user_id: UUID, document_id: UUID) -> Document:
        """Queue a new version that is to be fetched from the document's address again;
        InvalidError("document_without_url")."""

    async def update(
        self,
        scope: Scope,
        document_id: UUID,
        *,
        title: str | None = None,
        collection: str | None = None,
        metadata: Metadata | None = None,
    ) -> Document:
        """Change what is said about it. Its passages stay."""

    async def get(self, scope: Scope, document_id: UUID) -> Document: ...

    async def known(self, scope: Scope, ids: Sequence[UUID]) -> frozenset[UUID]:
        """Those of these ids (50 at most) that are documents of the space: one query."""

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
        """Newest first; `query` is part of a title or a name, in any case."""

    async def passages(
        self, scope: Scope, document_id: UUID, *, limit: int, cursor: str | None, at: UUID | None
    ) -> Page[KeptPassage]:
        """Those of the live version, in order; without a cursor from passage `at` on, a little
        before it, or from the beginning where the version has no such passage."""

    async def delete(self, scope: Scope, document_id: UUID) -> None:
        """With its passages, vectors, pictures and originals, and the copies of its passages
        that turns keep for their citations."""

    async def original(self, key: DocumentKey) -> bytes: ...

    async def keep_original(
        self, key: DocumentKey, *, name: str, media_type: str, data: bytes, url: str | None = None
    ) -> None:
        """What was fetched for it. ConflictError("document_exists") when another document of
        the space has these bytes; checks size and kind as `add` does."""

    async def keep_passages(
        self,
        key: DocumentKey,
        title: str,
        passages: Sequence[NewPassage],
        *,
        pictures: Sequence[NewPicture] = (),
        metadata: Metadata | None = None,
    ) -> None:
        """Replace this version's passages and pictures, not yet searchable, in one transaction.
        `metadata` is the file's own: what a person said stands."""

    async def passages_without_vector(
        self, key: DocumentKey, model: str, start: int, count: int
    ) -> Sequence[tuple[UUID, str]]:
        """The passages from index `start` on, `count` at most, that have none of this model, with
        the text to embed: heading path, then the passage."""

    async def keep_vectors(
        self,
        key: DocumentKey,
        model: str,
        vectors: Sequence[tuple[UUID, list[float]]],
        usage: UsageEntry | None,
    ) -> None: ...

    async def pictures(
        self, key: DocumentKey, *, start: int = 0, count: int = 1_000, without: str | None = None
    ) -> Sequence[tuple[UUID, NewPicture]]:
        """By index, from `start` on, those below `start + count`; `without` leaves out those that
        have a visual vector of that model."""

    async def keep_picture(
        self,
        key: DocumentKey,
        picture_id: UUID,
        *,
        caption: str | None,
        model: str | None,
        vector: list[float] | None,
        usage: UsageEntry | None = None,
    ) -> None:
        """A better caption (its passage says it from then on), and a visual vector."""

    async def finish(
        self,
        key: DocumentKey,
        status: DocumentStatus,
        *,
        error_code: str | None = None,
        error_detail: str | None = None,
    ) -> None:
        """READY makes the version's passages searchable in the place of the live one's, in one
        transaction: a search sees all of one or all of the other."""
