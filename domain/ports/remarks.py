"""What stands beside a message: documents that it names, and what people said of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from models.payloads.scope import Scope
from models.states import FeedbackReason as FeedbackReason  # noqa: PLC0414 - the port re-exports it
from models.states import Rating as Rating  # noqa: PLC0414 - the port re-exports it

DELETED: Final = "deleted"


@dataclass(frozen=True, slots=True)
class Attachment:
    document_id: UUID
    title: str | None
    """None when the document has been deleted."""
    status: str
    """The document's: queued, processing, ready or failed; or DELETED."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One person's."""

    rating: Rating
    reason: FeedbackReason | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Opinions:
    """Everybody's, counted, and the reader's own."""

    up: int
    down: int
    own: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Remarks:
    attachments: tuple[Attachment, ...] = ()
    feedback: Opinions | None = None


class RemarkReader(Protocol):
    async def of(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_ids: Collection[UUID],
        *,
        user_id: UUID,
    ) -> Mapping[UUID, Remarks]:
        """In one question for a whole page; messages with nothing beside them are left out."""
