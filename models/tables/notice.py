"""Events that belong to no turn and wait until no turn is open."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from models.tables.base import SpaceRow, of_conversation


class Notice(SpaceRow, table=True):
    __tablename__ = "notice"
    __table_args__ = (
        of_conversation(),
        Index(
            "ix_notice_waiting",
            "space_id",
            "conversation_id",
            postgresql_where=text("number IS NULL"),
        ),
    )

    conversation_id: UUID = Field(primary_key=True)
    key: str = Field(max_length=200, primary_key=True)
    payload: bytes
    """The event's JSON, without a place in the log."""
    number: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """Its place in the log; None while it waits."""
    stored_by: UUID | None = None
    """The turn whose end stored it."""
