"""Messages on their way: whose body stands, and texts too long for Temporal."""

from uuid import UUID

from sqlmodel import Field

from models.tables.base import SpaceRow, of_conversation, prose


class StoredText(SpaceRow, table=True):
    """Until its turn claims it: then the receipt says the same for ever."""

    __tablename__ = "stored_text"
    __table_args__ = (of_conversation(),)

    conversation_id: UUID = Field(primary_key=True)
    message_id: UUID = Field(primary_key=True)
    body_hash: str = Field(max_length=128)
    content: str | None = prose(optional=True)
    """None when the message carries its text itself."""
