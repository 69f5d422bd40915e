"""The audit trail: appended to, never changed; the application's role cannot."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.tables.base import SpaceRow, document


class Audit(SpaceRow, table=True):
    """Refers to nothing: it stays when what it tells of is erased. `created_at` says when."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "space_id", "created_at"),)

    id: UUID = Field(primary_key=True)
    user_id: UUID | None = None
    """Who did it; None for the system."""
    action: str = Field(max_length=100)
    subject_id: UUID
    details: dict[str, Any] = document("{}")
