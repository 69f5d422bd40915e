"""Share links, and what a stranger with one is shown."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import Field

from api.schemas.base import Body, View
from domain.ports.shares import SharedPath
from models.payloads.chat import Role

USUAL: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=365)
SHORTEST: Final = timedelta(minutes=1)


class NewShareBody(Body):
    message_id: UUID | None = Field(
        None, description="The last message to show; the newest on the active path unless given"
    )
    expires_in: int = Field(
        int(USUAL.total_seconds()),
        ge=int(SHORTEST.total_seconds()),
        le=int(LONGEST.total_seconds()),
        description="Seconds; 30 days unless given, a year at most",
    )


class ShareView(View):
    id: UUID
    message_id: UUID = Field(
        validation_alias="leaf_id", description="The last message that it shows"
    )
    title: str | None
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    views: int = Field(description="Times that it was opened, some seconds ago")
    viewed_at: datetime | None


class MadeShare(View):
    id: UUID
    token: str = Field(description="Shown once: nobody can find it again")
    path: str = Field(description="Of the page that shows it", examples=["/s/AZ…"])
    expires_at: datetime


class SharedSourceView(View):
    mark: int
    title: str
    page: int | None


class SharedMessageView(View):
    role: Role
    content: str
    created_at: datetime
    sources: tuple[SharedSourceView, ...] = ()


class SharedView(View):
    title: str | None
    created_at: datetime
    expires_at: datetime
    messages: list[SharedMessageView] = Field(description="Oldest first")
    next_cursor: str | None = Field(description="Opaque; null on the last page")

    @classmethod
    def of(cls, path: SharedPath) -> "SharedView":
        return cls(
            title=path.share.title,
            created_at=path.share.created_at,
            expires_at=path.share.expires_at,
            messages=[SharedMessageView.model_validate(one) for one in path.messages.items],
            next_cursor=path.messages.next_cursor,
        )
