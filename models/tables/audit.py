"""The audit trail: appended to, never changed; the application's role cannot."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from models.tables.base import SpaceRow, document


def _counted() -> Any:  # noqa: ANN401 - as SQLModel's Field
    return Field(default=None, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})


def _seal() -> Any:  # noqa: ANN401 - as SQLModel's Field
    return Field(default=None, max_length=64, sa_column_kwargs={"server_default": ""})


class Audit(SpaceRow, table=True):
    """Refers to nothing: it stays when what it tells of is erased. A trigger says `created_at`,
    `sequence` and `seal`, whatever an insert says of them."""

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "space_id", "created_at"),
        Index(None, "space_id", "sequence", unique=True),
    )

    id: UUID = Field(primary_key=True)
    user_id: UUID | None = None
    """Who did it; None for the system."""
    action: str = Field(max_length=100)
    subject_id: UUID
    details: dict[str, Any] = document("{}")
    sequence: int = _counted()
    """In the space, from 1."""
    seal: str = _seal()
    """SHA-256, hexadecimal, over the entry and the seal before it."""


class AuditHead(SpaceRow, table=True):
    """The newest entry of each space: what the next one is sealed with, and what tells of a
    missing end. Moved by the trigger alone."""

    __tablename__ = "audit_head"

    sequence: int = _counted()
    seal: str = _seal()
