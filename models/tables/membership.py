"""Who belongs to a space, and as what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from models.states import Role
from models.tables.base import SpaceRow, choice, claimed


class Membership(SpaceRow, table=True):
    """Mirrors the claims of tokens that were seen."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(
            ["space_id", "organisation_id"],
            ["space.id", "space.organisation_id"],
            ondelete="CASCADE",
        ),
    )

    user_id: UUID = Field(primary_key=True)
    role: Role = Field(sa_type=choice(Role))
    claimed_at: datetime = claimed()
    """When those claims were made: older ones change nothing."""
