"""Share links: a path of messages for whoever has the link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from domain.ports.conversations import Page
from models.payloads.chat import Role
from models.payloads.scope import Scope

MOST_LIVE: Final = 100
"""Links of one conversation that work at the same time: nobody oversees more."""


@dataclass(frozen=True, slots=True)
class Share:
    id: UUID
    leaf_id: UUID
    """The last message that it shows."""
    title: str | None
    """The conversation's, when it was made."""
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    views: int
    viewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewShare:
    id: UUID
    by: UUID
    lasts: timedelta
    leaf_id: UUID | None = None
    """None: the conversation's active leaf."""


@dataclass(frozen=True, slots=True)
class SharedSource:
    """What strangers learn of a source: no ids, and nothing of its text."""

    mark: int
    title: str
    page: int | None


@dataclass(frozen=True, slots=True)
class SharedMessage:
    role: Role
    content: str
    created_at: datetime
    sources: tuple[SharedSource, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedPath:
    """A link, and a page of what it shows, oldest first."""

    scope: Scope
    share: Share
    messages: Page[SharedMessage]


class Shares(Protocol):
    """NotFoundError("conversation_not_found") for the unknown and the foreign alike."""

    async def create(self, scope: Scope, conversation_id: UUID, new: NewShare) -> tuple[str, Share]:
        """The link's secret, which is kept nowhere, and its row; audited. NotFoundError
        ("message_not_found"); InvalidError("conversation_empty"); LimitError("shares_full");
        ConflictError("share_exists") when the id is taken."""

    async def page(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Share]:
        """The newest first, with those that have ended."""

    async def revoke(
        self, scope: Scope, conversation_id: UUID, share_id: UUID, *, by: UUID, anybodys: bool
    ) -> None:
        """Audited; what was revoked before stays as it is. NotFoundError("share_not_found");
        AccessError("role_required") for another person's, unless `anybodys`."""

    async def read(self, token: str, *, limit: int, cursor: str | None) -> SharedPath:
        """Withdrawn and erased messages are left out. NotFoundError("share_not_found") for
        whatever is no link, GoneError("share_expired") and ("share_revoked")."""

    async def viewed(self, scope: Scope, views: Mapping[UUID, int]) -> None:
        """Add to the counts of these links; what is gone is passed over."""
