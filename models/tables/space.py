"""Spaces: no byte crosses from one to another."""

from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.tables.base import Row, document, prose


class Space(Row, table=True):
    """One organisation's space, and what its agents are told about it."""

    __tablename__ = "space"
    # Conversations refer to both, so that none can name a space of another organisation.
    __table_args__ = (UniqueConstraint("id", "organisation_id"),)

    id: UUID = Field(primary_key=True)
    organisation_id: UUID = Field(foreign_key="organisation.id", ondelete="CASCADE")
    name: str = prose(default="")
    voice: str = prose(default="")
    profile: str = prose(default="")
    """What the space says of its business."""
    integrations: dict[str, Any] = document("{}")
