"""Documents, their versions and originals, and the passages that search finds."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from models.payloads.ingestion import DocumentStatus
from models.payloads.knowledge import DEFAULT_COLLECTION
from models.tables.base import NOW, TIMESTAMP, SpaceRow, choice, document, moment, prose

# Indexes on `vector` stop at 2,000 dimensions, on `halfvec` at 4,000.
DIMENSION = 3_072
WAITING = "status IN ('queued', 'processing')"


def of_document() -> ForeignKeyConstraint:
    """Goes with its document."""
    return ForeignKeyConstraint(
        ["space_id", "document_id"], ["document.space_id", "document.id"], ondelete="CASCADE"
    )


def _zero() -> dict[str, Any]:
    return {"server_default": sql("0")}


class Document(SpaceRow, table=True):
    """One file or page. Author, language, date, keywords and title are what counts of `said` and
    `found`; texts are compared by `lower()`, keywords each of them."""

    __tablename__ = "document"
    __table_args__ = (
        Index(None, "space_id", "created_at", "id"),
        Index("ix_document_collection", "space_id", "collection", "created_at", "id"),
        Index("ix_document_author", "space_id", sql("lower(author)")),
        Index("ix_document_language", "space_id", "language"),
        Index("ix_document_published_on", "space_id", "published_on"),
        Index(
            "ix_document_url",
            "space_id",
            "url",
            unique=True,
            postgresql_where=sql("url IS NOT NULL"),
        ),
        # How long a space's queue is, and for whom nothing has happened for a while.
        Index("ix_document_queue", "space_id", postgresql_where=sql(WAITING)),
        Index("ix_document_stalled", "touched_at", postgresql_where=sql(WAITING)),
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
        # Without a rule: a collection with documents cannot be deleted.
        ForeignKeyConstraint(
            ["space_id", "collection"], ["collection.space_id", "collection.name"]
        ),
    )

    id: UUID = Field(primary_key=True)
    title: str = Field(max_length=200)
    name: str = Field(max_length=200)
    """Cleaned for display; never a path."""
    media_type: str = Field(max_length=100)
    """What it is read as, not what its sender said."""
    size: int
    """Bytes. Name, kind and size are those of the newest version, as are status and counts."""
    status: DocumentStatus = Field(sa_type=choice(DocumentStatus))
    progress: float = Field(default=0, sa_type=Float)
    """From 0 to 1."""
    passages: int = 0
    error_code: str | None = Field(default=None, max_length=64)
    error_detail: str | None = Field(default=None, max_length=500)
    created_by: UUID
    finished_at: datetime | None = moment()
    collection: str = Field(
        max_length=64, sa_column_kwargs={"server_default": sql(f"'{DEFAULT_COLLECTION}'")}
    )
    author: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=8)
    """In lower case."""
    published_on: date | None = Field(default=None, sa_type=Date)
    keywords: list[str] = Field(
        sa_column=Column(ARRAY(Text), nullable=False, server_default=sql("'{}'::text[]"))
    )
    said: dict[str, Any] = document("{}")
    """What a person says of it; stands over `found`."""
    found: dict[str, Any] = document("{}")
    """What the live version's file says of itself; before that, the newest's."""
    url: str | None = Field(default=None, max_length=2_000)
    """Where it is fetched from."""
    version: int = Field(default=1, sa_column_kwargs={"server_default": sql("1")})
    """The newest."""
    live_version: int = Field(default=0, sa_column_kwargs=_zero())
    """The one that searches find; 0 before the first is ready."""
    embedded: int = Field(default=0, sa_column_kwargs=_zero())
    pictures: int = Field(default=0, sa_column_kwargs=_zero())
    changed: int = Field(default=0, sa_column_kwargs=_zero())
    """Rises with every change of status or progress."""
    touched_at: datetime = Field(
        sa_type=TIMESTAMP, nullable=False, sa_column_kwargs={"server_default": NOW}
    )
    """When its ingestion last came on, or was started again."""


class DocumentVersion(SpaceRow, table=True):
    """One content of a document. Only the live one and the newest have rows, and of the two the
    newer has the bytes where both are the same."""

    __tablename__ = "document_version"
    __table_args__ = (of_document(), UniqueConstraint("space_id", "content_hash"))

    document_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    content_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    """SHA-256 of the original: the same bytes in a space are the same document. None before they
    are fetched."""
    original: str | None = Field(default=None, max_length=300)
    """The name of the object that has the bytes; None: they are in `document_original`."""
    url: str | None = Field(default=None, max_length=2_000)
    """Where it was found in the end."""
    found: dict[str, Any] = document("{}")
    """What the file says of itself."""


class DocumentOriginal(SpaceRow, table=True):
    """Bytes kept from before there was a store for them; nothing is added here."""

    __tablename__ = "document_original"
    __table_args__ = (of_document(),)

    document_id: UUID = Field(primary_key=True)
    data: bytes


class OriginalRemoval(SpaceRow, table=True):
    """An object to be removed: because its document has gone, or because nobody came to say that
    the upload for which it was stored has ended well. Outlives every document."""

    __tablename__ = "original_removal"
    __table_args__ = (Index("ix_original_removal_due_at", "due_at"),)

    name: str = Field(primary_key=True, max_length=300)
    due_at: datetime = moment(optional=False)


class Passage(SpaceRow, table=True):
    """A piece of one version of a document. What the index has of it is found by its id."""

    __tablename__ = "passage"
    __table_args__ = (
        of_document(),
        UniqueConstraint("space_id", "document_id", "version", "index"),
    )

    id: UUID = Field(primary_key=True)
    """Made from document, version and index."""
    document_id: UUID
    version: int
    index: int
    text: str = prose()
    heading: str = prose(default="")
    """The headings above it, outermost first."""
    start: int
    end: int
    """Characters of the parsed text."""
    page: int | None = None
    content_hash: bytes = Field(sa_type=LargeBinary)
    """Of its text, white space and case apart."""
