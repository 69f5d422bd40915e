"""Grants that a space's people gave to other services."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, ForeignKeyConstraint, Text, text
from sqlmodel import Field

from models.states import ConnectionState
from models.tables.base import SpaceRow, choice, moment


class Connection(SpaceRow, table=True):
    """Both tokens are sealed by the vault; none is here while the grant has to be given again."""

    __tablename__ = "connection"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
    )

    provider: str = Field(primary_key=True, max_length=64)
    state: ConnectionState = Field(sa_type=choice(ConnectionState))
    account: str = Field(max_length=320)
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    refresh_token: bytes | None = None
    access_token: bytes | None = None
    expires_at: datetime | None = moment()
    """Of the access token."""
    connected_by: UUID
    connected_at: datetime = moment(optional=False)
    fence: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    """Rises with each refresh and each new grant: whoever is behind writes nothing."""
    refreshing_until: datetime | None = moment()
    """One refreshes, and the others wait, until then."""
    away_until: datetime | None = moment()
    """Its provider did not answer: nobody asks again before."""
