"""Who belongs to a space, and as what."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from models.states import Role
from models.tables.base import SpaceRow, choice


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
