"""Keys for programs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from models.states import Role
from models.tables.base import SpaceRow, choice, moment, prose


class ApiKey(SpaceRow, table=True):
    __tablename__ = "api_key"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("space_id", "digest"),
    )

    id: UUID = Field(primary_key=True)
    digest: bytes
    """SHA-256 of the key's random part; the key itself is nowhere."""
    prefix: str = Field(max_length=16)
    """Its first characters, to tell it by."""
    name: str = prose()
    role: Role = Field(sa_type=choice(Role))
    """At most; less while its owner's membership is less."""
    user_id: UUID
    """Its owner, as whom it acts."""
    tier: str = Field(max_length=40, sa_column_kwargs={"server_default": ""})
    expires_at: datetime | None = moment()
    last_used_at: datetime | None = moment()
    """Written once an hour at most."""
