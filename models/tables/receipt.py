"""Receipts: which turn took a message, so that no copy of it ever runs again."""

from uuid import UUID

from sqlmodel import Field

from models.tables.base import SpaceRow, of_conversation


class Receipt(SpaceRow, table=True):
    """Outlives a cleared conversation: it holds no text."""

    __tablename__ = "receipt"
    __table_args__ = (of_conversation(),)

    conversation_id: UUID = Field(primary_key=True)
    message_id: UUID = Field(primary_key=True)
    turn_id: UUID
    body_hash: str = Field(max_length=128)
