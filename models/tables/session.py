"""Sessions: stretches of a conversation between silences, and their summaries."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Interval, UniqueConstraint, text
from sqlmodel import Field

from models.tables.base import SpaceRow, document, moment, of_conversation, prose


class Session(SpaceRow, table=True):
    """Changed under its conversation's row lock only."""

    __tablename__ = "session"
    __table_args__ = (
        of_conversation(),
        UniqueConstraint("space_id", "conversation_id", "number"),
        Index(
            "uq_session_open",
            "space_id",
            "conversation_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID
    number: int
    opened_by: UUID
    """The turn whose end opened it: a retry of that end starts its workflow again."""
    first_turn: int = Field(sa_type=BigInteger)
    last_turn: int = Field(sa_type=BigInteger)
    """Numbers of its first and last turn."""
    idle_window: timedelta = Field(sa_type=Interval)
    started_at: datetime = moment(optional=False)
    last_turn_at: datetime = moment(optional=False)
    ended_at: datetime | None = moment()
    summarised_at: datetime | None = moment()
    title: str | None = prose(optional=True)
    summary: str | None = prose(optional=True)
    entities: list[dict[str, Any]] = document("[]")
    action_items: list[dict[str, Any]] = document("[]")
    memory: list[str] = document("[]")
    extractive: bool = Field(sa_column_kwargs={"server_default": text("false")})
