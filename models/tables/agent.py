"""Agents of organisations, with every version that ever was."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from models.tables.base import Row, document, moment, prose


class Agent(Row, table=True):
    """Which version is current. One that ships has a row once the organisation has changed it."""

    __tablename__ = "agent"

    organisation_id: UUID = Field(
        primary_key=True, foreign_key="organisation.id", ondelete="CASCADE"
    )
    name: str = Field(primary_key=True, max_length=64)
    version: int
    archived_at: datetime | None = moment()


class AgentVersion(Row, table=True):
    """Never changed: runs name the version that they had, for ever."""

    __tablename__ = "agent_version"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "name"],
            ["agent.organisation_id", "agent.name"],
            ondelete="CASCADE",
        ),
    )

    organisation_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=64)
    version: int = Field(primary_key=True)
    agent: dict[str, Any] = document()
    created_by: UUID
    note: str = prose(default="")
