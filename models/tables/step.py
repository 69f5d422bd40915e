"""Steps: what one model call left, so that a retry repeats only its events."""

from typing import Any
from uuid import UUID

from sqlmodel import Field

from models.tables.base import SpaceRow, document, of_turn


class Step(SpaceRow, table=True):
    __tablename__ = "step"
    __table_args__ = (of_turn(),)

    turn_id: UUID = Field(primary_key=True)
    step: int = Field(primary_key=True)
    attempt: int
    """The attempt that won."""
    reply: dict[str, Any] = document()
    response_id: str | None = Field(default=None, max_length=200)
    """The response that the provider keeps, for its erasure there."""
