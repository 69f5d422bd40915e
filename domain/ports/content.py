"""What agents make for publishing: drafts with versions, reviewed by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from domain.ports.conversations import Page
from models.payloads.policy import Asking
from models.payloads.scope import Scope
from models.states import ContentState as ContentState  # noqa: PLC0414 - the port re-exports it

# Where approved texts are found again.
APPROVED_COLLECTION: Final = "approved_content"
# What a review's row says is asked for.
REVIEW_TOOL: Final = "review_content"
# A person reads it whole; ten pages of a book.
MOST_TEXT_CHARACTERS: Final = 50_000
MOST_TITLE_CHARACTERS: Final = 300
KIND_PATTERN: Final = r"^[a-z][a-z0-9_-]{0,49}$"
# Nobody revises more often, and each is kept.
MOST_VERSIONS: Final = 100
# Of one space: a loop of drafts ends here.
MOST_ITEMS: Final = 10_000
# Publishing can wait longer than a turn does.
REVIEW_WINDOW: Final = timedelta(days=7)


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
    """The newest last; in lists the newest alone."""
    review_id: UUID | None
    """The approval that waits, while it is in review."""
    document_id: UUID | None
    """What stands in the collection of approved texts."""
    created_at: datetime
    approved_version: int | None = None
    approved_by: UUID | None = None
    published_version: int | None = None
    """What the collection has: behind `approved_version` while that is taken in."""

    @property
    def newest(self) -> ContentVersion:
        return self.versions[-1]

    @property
    def unpublished(self) -> ContentVersion | None:
        """The approved version that the collection does not have yet."""
        if self.approved_version in {None, self.published_version}:
            return None
        return next(one for one in self.versions if one.number == self.approved_version)


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes a version: a person, or an agent in a turn."""

    user_id: UUID | None = None
    agent: str | None = None
    turn_id: UUID | None = None


class Contents(Protocol):
    async def create(
        self, scope: Scope, *, item_id: UUID, kind: str, title: str, text: str, author: Author
    ) -> ContentItem:
        """A draft; a repeat, the same in all, finds it however it stands by now.
        ConflictError("content_exists") where the id is another's; LimitError("content_full")."""

    async def get(self, scope: Scope, item_id: UUID) -> ContentItem:
        """NotFoundError("content_not_found")."""

    async def page(
        self, scope: Scope, *, state: ContentState | None, limit: int, cursor: str | None
    ) -> Page[ContentItem]:
        """The newest first."""

    async def revise(
        self, scope: Scope, item_id: UUID, *, expected: int, title: str, text: str, author: Author
    ) -> ContentItem:
        """A new version, and a draft again; what is approved stays published until the next
        approval. A repeat finds what it made. ConflictError("content_changed"),
        ConflictError("content_in_review"), LimitError("content_versions_full")."""

    async def submit(
        self, scope: Scope, item_id: UUID, *, by: UUID, asking: Asking, expected: int | None = None
    ) -> ContentItem:
        """Ask for a review of the newest version: an approval without a turn, whose id is
        `review_id`. ConflictError("content_in_review"), ConflictError("content_approved"), and
        ConflictError("content_changed") where the newest is not the `expected` one."""

    async def settle(self, scope: Scope, item_id: UUID, review_id: UUID) -> ContentItem:
        """Take the review's verdict over: approved, or a draft again with the note. Safe to
        repeat; a verdict that is not this item's waiting review changes nothing."""

    async def published(
        self, scope: Scope, item_id: UUID, *, version: int, document_id: UUID
    ) -> None:
        """The collection has this version, as that document."""


class Reviews(Protocol):
    """What follows from a review's verdict."""

    async def settle(self, scope: Scope, item_id: UUID, review_id: UUID) -> None:
        """Do what the verdict says: approved and indexed, or a draft again. Safe to repeat."""
