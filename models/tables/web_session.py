"""People in a browser."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.tables.base import Row, claimed, document, moment, prose


class WebSession(Row, table=True):
    """Of an organisation: a person's claims name several spaces of one."""

    __tablename__ = "web_session"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id"], ["organisation.id"], ondelete="CASCADE"),
        UniqueConstraint("organisation_id", "digest"),
        Index(None, "organisation_id", "user_id"),
    )

    organisation_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    digest: bytes
    """SHA-256 of the cookie's random part; the cookie itself is nowhere."""
    user_id: UUID
    name: str = prose(default="")
    spaces: dict[str, Any] = document()
    """The caller's roles by space, as the credential said that they signed in with."""
    token_id: str = Field(max_length=200)
    tier: str = Field(max_length=40, sa_column_kwargs={"server_default": ""})
    claimed_at: datetime = claimed()
    """When that credential was made."""
    idle_at: datetime = moment(optional=False)
    """It ends then, unless it is used."""
    ends_at: datetime = moment(optional=False)
    """It ends then, used or not."""
