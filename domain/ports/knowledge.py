"""Documents and what is found in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.ports.conversations import Page
from domain.ports.transcript import Passage, UsageEntry
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class Document:
    """`progress` runs from 0 to 1."""

    id: UUID
    title: str
    name: str
    media_type: str
    size: int
    status: DocumentStatus
    progress: float
    passages: int
    error_code: str | None
    error_detail: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewPassage:
    """`heading` is the path of headings above it; offsets are characters of the parsed text."""

    index: int
    text: str
    heading: str
    start: int
    end: int


class Documents(Protocol):
    async def add(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        title: str,
        name: str,
        media_type: str,
        data: bytes,
    ) -> tuple[Document, bool]:
        """Store the original. The bool is False when the space has these bytes already: then it
        is the same document (a failed one is queued again)."""

    async def get(self, scope: Scope, document_id: UUID) -> Document:
        """NotFoundError("document_not_found")."""

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[Document]: ...

    async def delete(self, scope: Scope, document_id: UUID) -> None: ...

    async def original(self, scope: Scope, document_id: UUID) -> bytes: ...

    async def keep_passages(
        self, scope: Scope, document_id: UUID, title: str, passages: Sequence[NewPassage]
    ) -> None:
        """Replace the document's passages, not yet searchable, in one transaction."""

    async def passages_without_vector(
        self, scope: Scope, document_id: UUID, start: int, count: int
    ) -> Sequence[tuple[UUID, str]]: ...

    async def keep_vectors(
        self,
        scope: Scope,
        document_id: UUID,
        model: str,
        vectors: Sequence[tuple[UUID, list[float]]],
        usage: UsageEntry | None,
    ) -> None: ...

    async def finish(
        self,
        scope: Scope,
        document_id: UUID,
        status: DocumentStatus,
        *,
        error_code: str | None = None,
        error_detail: str | None = None,
    ) -> None:
        """READY makes its passages searchable, in one transaction."""


class PassageIndex(Protocol):
    async def search(
        self,
        scope: Scope,
        text: str,
        vector: Sequence[float] | None,
        *,
        top_k: int,
        min_score: float | None = None,
    ) -> Sequence[Passage]:
        """Vector and full-text search of the space's ready documents, fused by reciprocal rank;
        marks number from 1 in rank order. Full text alone when `vector` is None."""


@dataclass(frozen=True, slots=True)
class Found:
    """`error` names what went wrong with the vectors, when full text alone answered."""

    passages: Sequence[Passage]
    usage: tuple[UsageEntry, ...] = ()
    error: str | None = None


class Finder(Protocol):
    async def find(self, scope: Scope, query: str, *, top_k: int) -> Found:
        """Embed the query and search, each within its time limit. Raises AppError only when
        nothing could be searched at all."""
