"""What searches read: posting lists for words, codes and vectors for meaning."""

from typing import Any
from uuid import UUID

from pgvector.sqlalchemy import BIT, HALFVEC
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from models.tables.base import Row, SpaceRow
from models.tables.documents import DIMENSION


def _of_index() -> ForeignKeyConstraint:
    """Goes with its space's index."""
    return ForeignKeyConstraint(["space_id"], ["space_index.space_id"], ondelete="CASCADE")


class Entry(SQLModel):
    """Millions of these: they do without what other rows say of themselves."""

    metadata = Row.metadata

    space_id: UUID = Field(primary_key=True)


class SpaceIndex(SpaceRow, table=True):
    """One row a space. Whoever changes the index locks it, after the document's row."""

    __tablename__ = "space_index"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
        # For the sweep of spaces whose model is another.
        Index("ix_space_index_model", "model", postgresql_where=sql("model IS NOT NULL")),
    )

    model: str | None = Field(default=None, max_length=200)
    """Whose vectors are searched; None while there is no passage."""
    passages: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})
    terms: int = Field(
        sa_column=Column(BigInteger, nullable=False, server_default=sql("0")), default=0
    )
    """Of all passages together: divided by `passages`, the average length that BM25 needs."""
    next_number: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})
    """Numbers below it have been given to passages at some time."""
    free: list[int] = Field(
        sa_column=Column(ARRAY(Integer), nullable=False, server_default=sql("'{}'::integer[]"))
    )
    """Numbers given back, to be given again: posting lists stay dense. A bounded list."""


class IndexedDocument(SpaceRow, table=True):
    """What the index has of a document: enough to take every word of it out again, even when
    words are cut differently by then."""

    __tablename__ = "indexed_document"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "document_id"], ["document.space_id", "document.id"], ondelete="CASCADE"
        ),
    )

    document_id: UUID = Field(primary_key=True)
    version: int
    numbers: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    terms: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    length: int
    """Terms, each as often as it occurs."""


class Posting(Entry, table=True):
    """Which passages of a block of 4,096 have a term: five bytes for each (`domain.bm25`)."""

    __tablename__ = "posting"
    __table_args__ = (_of_index(),)

    # By bytes: what a locale thinks of words is not asked, and comparing is cheap.
    term: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    block: int = Field(primary_key=True)
    """The passages' numbers, divided by 4,096."""
    data: bytes = Field(sa_type=LargeBinary)


class PassageVector(Entry, table=True):
    """A passage's vector by one model, staged before publication; unit length, padded with
    zeros. A row fills a page of its own, uncompressed and in line: read in one step."""

    __tablename__ = "passage_vector"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "passage_id"], ["passage.space_id", "passage.id"], ondelete="CASCADE"
        ),
    )

    passage_id: UUID = Field(primary_key=True)
    model: str = Field(sa_column=Column(String(200), primary_key=True))
    embedding: Any = Field(sa_column=Column(HALFVEC(DIMENSION), nullable=False))


class PassageCode(Entry, table=True):
    """A live passage: the signs of its vector's numbers, and the cell that it is in. Narrow,
    so that all of a space can be compared."""

    __tablename__ = "passage_code"
    __table_args__ = (
        _of_index(),
        # Searches read this alone: what is near in meaning, or of one space, lies side by side.
        Index(
            "ix_passage_code_cell",
            "space_id",
            "cell",
            "number",
            postgresql_include=["passage_id", "bits"],
        ),
    )

    number: int = Field(primary_key=True)
    cell: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})
    passage_id: UUID
    bits: Any = Field(sa_column=Column(BIT(DIMENSION), nullable=False))


class SpaceCell(Entry, table=True):
    """Passages that are near each other. A cell that has grown too large is divided, so that a
    large space need not be read whole."""

    __tablename__ = "space_cell"
    __table_args__ = (_of_index(),)

    cell: int = Field(primary_key=True)
    passages: int


class CellCentre(Entry, table=True):
    """Apart from the count, which each document changes: a centre fills a page."""

    __tablename__ = "cell_centre"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "cell"], ["space_cell.space_id", "space_cell.cell"], ondelete="CASCADE"
        ),
    )

    cell: int = Field(primary_key=True)
    centre: Any = Field(sa_column=Column(HALFVEC(DIMENSION), nullable=False))
    """Unit length."""
