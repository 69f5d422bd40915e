"""Collections: documents that agents and searches name together."""

from sqlalchemy import Float, ForeignKeyConstraint
from sqlmodel import Field

from models.payloads.knowledge import Chunker
from models.tables.base import SpaceRow, choice, prose


class Collection(SpaceRow, table=True):
    """`general` gets its row with its first document."""

    __tablename__ = "collection"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
    )

    name: str = Field(primary_key=True, max_length=64)
    description: str = prose(default="")
    chunker: Chunker = Field(sa_type=choice(Chunker))
    chunk_size: int
    chunk_overlap: int
    """Both in characters."""
    recency_days: float | None = Field(default=None, sa_type=Float)
