"""Pictures in documents, and what they look like."""

from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import Column, LargeBinary, UniqueConstraint
from sqlmodel import Field

from models.tables.base import SpaceRow, prose
from models.tables.documents import of_document


class Picture(SpaceRow, table=True):
    """One picture of one version of a document; found while that version is the live one."""

    __tablename__ = "picture"
    __table_args__ = (
        of_document(),
        UniqueConstraint("space_id", "document_id", "version", "index"),
    )

    id: UUID = Field(primary_key=True)
    """Made from document, version and index."""
    document_id: UUID
    version: int
    index: int
    page: int | None = None
    passage: int | None = None
    """Index of the passage that holds its caption."""
    caption: str = prose()
    data: bytes = Field(sa_type=LargeBinary)
    """PNG or JPEG, made small."""
    width: int
    height: int
    """Pixels."""
    content_hash: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of `data`."""
    model: str | None = Field(default=None, max_length=200)
    vector: Any = Field(default=None, sa_column=Column(HALFVEC(), nullable=True))
    """Of `model`; models' dimensions differ. A space's pictures are few enough to read them all."""
