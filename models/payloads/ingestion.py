"""What crosses Temporal while a document is taken in."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from models.payloads.base import Payload
from models.payloads.scope import Scope


class DocumentStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class IngestionStart(Payload):
    """`version` counts a document's contents from 1: each has an ingestion of its own."""

    scope: Scope
    document_id: UUID
    user_id: UUID
    request_id: str = ""
    version: int = 1
    fetch: bool = False
    """Its bytes are still to be fetched from the document's address."""


class DocumentKey(Payload):
    """One content of one document."""

    scope: Scope
    document_id: UUID
    version: int = 1


class Parsed(Payload):
    """How much was stored, waiting for vectors."""

    passages: int
    pictures: int = 0
    batch: int = 96
    """Passages that one activity gives vectors: histories say how many it was."""


class EmbedRequest(Payload):
    document: DocumentKey
    user_id: UUID
    start: int
    """Index of the first passage of the batch."""
    count: int


class PicturesRequest(Payload):
    document: DocumentKey
    user_id: UUID
    start: int
    """Place of the first picture of the batch among the document's."""
    count: int


class IngestionFailure(Payload):
    document: DocumentKey
    code: str
    detail: str


class IngestionResult(Payload):
    status: DocumentStatus
    passages: int = 0
    error_code: str | None = None


class ReembeddingStart(Payload):
    """Give every passage of a space a vector of another model, then switch to them at once."""

    scope: Scope
    model: str
    dimension: int
    after: UUID | None = None
    """The last passage that a run before this one did."""
    done: int = 0
    """Passages that runs before this one did."""
    pause: timedelta = timedelta(minutes=10)
    """After a failure, before it may be tried again."""
    batches: int = 500
    """So many in one run; then it continues as a new one. Ten events each: half of what a
    history should have."""


class ReembedRequest(Payload):
    scope: Scope
    model: str
    dimension: int
    after: UUID | None = None
    """The last passage done; None begins."""


class Reembedded(Payload):
    """`after` is None when nothing is left."""

    done: int
    after: UUID | None = None
