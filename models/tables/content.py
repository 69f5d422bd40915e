"""What agents make for publishing, and its versions."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field

from models.states import ContentState
from models.tables.base import SpaceRow, choice, prose


class ContentItem(SpaceRow, table=True):
    __tablename__ = "content_item"
    __table_args__ = (
        Index(None, "space_id", "created_at", "id"),
        CheckConstraint("(state = 'in_review') = (review_id IS NOT NULL)", name="review"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=50)
    agent: str | None = Field(default=None, max_length=200)
    state: ContentState = Field(sa_type=choice(ContentState))
    version: int
    """The newest."""
    review_id: UUID | None = None
    approved_version: int | None = None
    approved_by: UUID | None = None
    published_version: int | None = None
    """What `document_id` says: behind `approved_version` while that is still to be taken in."""
    document_id: UUID | None = None


class ContentVersion(SpaceRow, table=True):
    __tablename__ = "content_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "item_id"],
            ["content_item.space_id", "content_item.id"],
            ondelete="CASCADE",
        ),
    )

    item_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    title: str = Field(max_length=300)
    text: str = prose()
    created_by: UUID | None = None
    turn_id: UUID | None = None
    note: str = prose(default="")
