"""What agents make for publishing: drafts with versions, reviewed by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.ports.conversations import Page
from models.payloads.scope import Scope

# Where approved texts are found again.
APPROVED_COLLECTION = "approved_content"


class ContentState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class ContentVersion:
    number: int
    title: str
    text: str
    """Markdown."""
    created_by: UUID | None
    """None: an agent, in `turn_id`."""
    turn_id: UUID | None
    created_at: datetime
    note: str = ""
    """What the reviewer asked for, where this version went back."""


@dataclass(frozen=True, slots=True)
class ContentItem:
    id: UUID
    kind: str
    """email, post, page, …"""
    agent: str | None
    state: ContentState
    versions: Sequence[ContentVersion]
    """The newest last."""
    review_id: UUID | None
    """The approval that waits, while it is in review."""
    document_id: UUID | None
    """What stands in the collection of approved texts."""
    created_at: datetime


class Contents(Protocol):
    async def create(
        self,
        scope: Scope,
        *,
        item_id: UUID,
        kind: str,
        title: str,
        text: str,
        agent: str | None,
        by: UUID | None,
        turn_id: UUID | None,
    ) -> ContentItem:
        """A draft; a repeat with the same id finds it."""

    async def get(self, scope: Scope, item_id: UUID) -> ContentItem:
        """NotFoundError("content_not_found")."""

    async def page(
        self, scope: Scope, *, state: ContentState | None, limit: int, cursor: str | None
    ) -> Page[ContentItem]: ...

    async def revise(
        self,
        scope: Scope,
        item_id: UUID,
        *,
        expected: int,
        title: str,
        text: str,
        by: UUID | None,
        turn_id: UUID | None,
    ) -> ContentItem:
        """A new version, and a draft again. ConflictError("content_changed"),
        ConflictError("content_in_review")."""

    async def submit(self, scope: Scope, item_id: UUID, *, by: UUID) -> ContentItem:
        """Ask for a review: an approval without a turn. ConflictError("content_in_review")."""

    async def settle(self, scope: Scope, item_id: UUID, review_id: UUID) -> ContentItem:
        """Do what the review's verdict says: approved and indexed, or a draft again with the
        note. Safe to repeat."""
