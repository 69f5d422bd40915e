"""What people say of answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.states import FeedbackReason, Rating
from models.tables.base import NOW, TIMESTAMP, SpaceRow, choice, of_conversation, prose


class Feedback(SpaceRow, table=True):
    """One person's, of one answer."""

    __tablename__ = "feedback"
    __table_args__ = (
        of_conversation(),
        Index(None, "space_id", "updated_at", "id"),
    )

    conversation_id: UUID = Field(primary_key=True)
    message_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    id: UUID
    """Made of message and person: its place in lists among those of the same moment."""
    turn_id: UUID
    rating: Rating = Field(sa_type=choice(Rating))
    reason: FeedbackReason | None = Field(default=None, sa_type=choice(FeedbackReason, "reason"))
    comment: str = prose(default="")
    updated_at: datetime | None = Field(
        default=None, sa_type=TIMESTAMP, nullable=False, sa_column_kwargs={"server_default": NOW}
    )
