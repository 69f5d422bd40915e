"""Passages that a turn retrieved: what its citation marks point at."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlmodel import Field

from models.tables.base import SpaceRow, document, of_turn, prose


class TurnPassage(SpaceRow, table=True):
    """A copy: the answer's sources stand although their document is replaced. Deleting the
    document deletes its copies."""

    __tablename__ = "turn_passage"
    __table_args__ = (
        of_turn(),
        Index("ix_turn_passage_document", "space_id", sql("(source ->> 'document_id')")),
    )

    turn_id: UUID = Field(primary_key=True)
    mark: int = Field(primary_key=True)
    source: dict[str, Any] = document()
    text: str = prose()
