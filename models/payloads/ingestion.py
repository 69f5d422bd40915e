"""What crosses Temporal while a document is taken in."""

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
    scope: Scope
    document_id: UUID
    user_id: UUID
    request_id: str = ""


class DocumentKey(Payload):
    scope: Scope
    document_id: UUID


class Parsed(Payload):
    """How many passages were stored, waiting for their vectors."""

    passages: int


class EmbedRequest(Payload):
    document: DocumentKey
    user_id: UUID
    start: int
    """Index of the first passage of the batch."""
    count: int


class IngestionFailure(Payload):
    document: DocumentKey
    code: str
    detail: str


class IngestionResult(Payload):
    status: DocumentStatus
    passages: int = 0
    error_code: str | None = None
