"""Organisations: the tenants."""

from uuid import UUID

from sqlmodel import Field

from models.tables.base import Row, prose


class Organisation(Row, table=True):
    """Mirrors what tokens name; their claims decide."""

    __tablename__ = "organisation"

    id: UUID = Field(primary_key=True)
    name: str = prose(default="")
