"""Notes that agents published."""

from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.tables.base import SpaceRow, prose


class Note(SpaceRow, table=True):
    __tablename__ = "note"
    __table_args__ = (Index(None, "space_id", "created_at"),)

    id: UUID = Field(primary_key=True)
    """The idempotency key of the call that published it: a repeat is the same row."""
    title: str = Field(max_length=200)
    body: str = prose()
