"""Texts too long for Temporal, until their turn claims them."""

from uuid import UUID

from sqlmodel import Field

from models.tables.base import SpaceRow, of_conversation, prose


class StoredText(SpaceRow, table=True):
    __tablename__ = "stored_text"
    __table_args__ = (of_conversation(),)

    conversation_id: UUID = Field(primary_key=True)
    message_id: UUID = Field(primary_key=True)
    content: str = prose()
