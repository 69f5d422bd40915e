"""Messages of users and assistants; tool results stand with their calls."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from models.payloads.chat import Role
from models.tables.base import SpaceRow, choice, document, of_conversation, prose


class Message(SpaceRow, table=True):
    """A node of its conversation's tree."""

    __tablename__ = "message"
    __table_args__ = (
        of_conversation(),
        # Pages of the history; siblings too, which share their position.
        Index(None, "space_id", "conversation_id", "position"),
        Index(None, "space_id", "turn_id"),
    )

    conversation_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    parent_id: UUID | None = None
    """Checked by the claim: a key of the tree to itself would cost each erasure a lookup a row."""
    position: int
    """Messages above it on its path: pages of a path are cut by it."""
    role: Role = Field(sa_type=choice(Role))
    content: str = prose()
    turn_id: UUID
    step: int | None = None
    """Set on an assistant's message."""
    calls: list[dict[str, Any]] = document("[]")
    attachments: list[str] = document("[]")
    """Ids of the documents that a user's message names; each may have gone since."""
    withdrawn: bool = Field(sa_column_kwargs={"server_default": text("false")})
