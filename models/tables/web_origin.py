"""From where other people's pages may call."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from models.tables.base import Row


class WebOrigin(Row, table=True):
    """Of an organisation: its spaces' callers share its pages."""

    __tablename__ = "web_origin"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ondelete="CASCADE"),
        Index(None, "origin"),
    )

    organisation_id: UUID = Field(primary_key=True)
    origin: str = Field(primary_key=True, max_length=300)
    """`https://app.example.org`, as browsers send it."""
