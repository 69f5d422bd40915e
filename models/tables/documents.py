"""Documents, their originals, and the passages that search finds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    Column,
    Computed,
    Float,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from models.payloads.ingestion import DocumentStatus
from models.tables.base import SpaceRow, choice, moment, prose

# Indexes on `vector` stop at 2,000 dimensions, on `halfvec` at 4,000.
DIMENSION = 3_072


def _of_document() -> ForeignKeyConstraint:
    """Goes with its document."""
    return ForeignKeyConstraint(
        ["space_id", "document_id"], ["document.space_id", "document.id"], ondelete="CASCADE"
    )


class Document(SpaceRow, table=True):
    """One file. The same bytes in a space are the same document."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("space_id", "content_hash"),
        Index(None, "space_id", "created_at", "id"),
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
    )

    id: UUID = Field(primary_key=True)
    content_hash: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of the original."""
    title: str = Field(max_length=200)
    name: str = Field(max_length=200)
    """Cleaned for display; never a path."""
    media_type: str = Field(max_length=100)
    """What it is read as, not what its sender said."""
    size: int
    """Bytes."""
    status: DocumentStatus = Field(sa_type=choice(DocumentStatus))
    progress: float = Field(default=0, sa_type=Float)
    """From 0 to 1."""
    passages: int = 0
    error_code: str | None = Field(default=None, max_length=64)
    error_detail: str | None = Field(default=None, max_length=500)
    created_by: UUID
    finished_at: datetime | None = moment()


class DocumentOriginal(SpaceRow, table=True):
    """The bytes. Apart from the document, so that lists never load them."""

    __tablename__ = "document_original"
    __table_args__ = (_of_document(),)

    document_id: UUID = Field(primary_key=True)
    data: bytes


class Passage(SpaceRow, table=True):
    """A piece of a document. Searchable only when all of the document is."""

    __tablename__ = "passage"
    __table_args__ = (
        _of_document(),
        UniqueConstraint("space_id", "document_id", "index"),
        Index("ix_passage_searchable", "space_id", postgresql_where=sql("searchable")),
        # Only what can be found is in the graph: half-taken-in documents cost no search time.
        Index(
            "ix_passage_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "halfvec_cosine_ops"},
            postgresql_where=sql("searchable"),
        ),
    )

    id: UUID = Field(primary_key=True)
    document_id: UUID
    index: int
    text: str = prose()
    heading: str = prose(default="")
    """The headings above it, outermost first."""
    start: int
    end: int
    """Characters of the parsed text."""
    # English stems its words and drops the ones that mean nothing, without which a question in
    # whole sentences would match everything; words of other languages pass nearly unchanged.
    words: Any = Field(
        sa_column=Column(
            TSVECTOR,
            Computed(
                "setweight(to_tsvector('english', heading), 'C')"
                " || setweight(to_tsvector('english', text), 'D')",
                persisted=True,
            ),
        )
    )
    embedding: Any = Field(default=None, sa_column=Column(HALFVEC(DIMENSION), nullable=True))
    embedding_model: str | None = Field(default=None, max_length=200)
    searchable: bool = Field(default=False, sa_column_kwargs={"server_default": sql("false")})
