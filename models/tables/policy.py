"""What an organisation allows its agents, what a space takes out, what may be spent."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Numeric
from sqlmodel import Field

from models.tables.base import NOW, TIMESTAMP, Row, SpaceRow, document, prose


class Policy(Row, table=True):
    """One version of an organisation's policy: never changed, so that what held is on record."""

    __tablename__ = "policy"

    organisation_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    policy: dict[str, Any] = document()
    created_by: UUID
    note: str = prose(default="")


class Safety(SpaceRow, table=True):
    __tablename__ = "safety"

    safety: dict[str, Any] = document()
    updated_by: UUID
    updated_at: datetime | None = Field(
        default=None, sa_type=TIMESTAMP, nullable=False, sa_column_kwargs={"server_default": NOW}
    )


class Budget(SpaceRow, table=True):
    """What a month may cost. None of both is no row."""

    __tablename__ = "budget"

    holder: str = Field(max_length=36, primary_key=True)
    """`space`, `users` (each of them), or one user's id."""
    tokens: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    cost_usd: Decimal | None = Field(default=None, sa_type=Numeric(16, 9), nullable=True)
    updated_by: UUID
    updated_at: datetime | None = Field(
        default=None, sa_type=TIMESTAMP, nullable=False, sa_column_kwargs={"server_default": NOW}
    )
