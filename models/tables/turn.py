"""Turns: one message answered by one run."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.payloads.turn import Finish, Outcome
from models.tables.base import SpaceRow, choice, moment, of_conversation, prose


class Turn(SpaceRow, table=True):
    """Its row lock orders the attempts of its steps: the newest one's fence shuts out the rest."""

    __tablename__ = "turn"
    __table_args__ = (
        of_conversation(),
        UniqueConstraint("space_id", "conversation_id", "number"),
        # All that answer a message: asked again, it has more than one.
        Index(None, "space_id", "user_message_id"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID
    number: int = Field(sa_type=BigInteger)
    user_id: UUID
    owner: str = Field(max_length=200)
    """The run that claimed it."""
    agent: str = Field(max_length=200)
    agent_version: int
    user_message_id: UUID
    request_id: str = Field(max_length=200)
    steps: int = Field(sa_column_kwargs={"server_default": text("0")})
    """The last step that was committed."""
    fence_step: int = Field(sa_column_kwargs={"server_default": text("0")})
    fence_attempt: int = Field(sa_column_kwargs={"server_default": text("0")})
    """With `fence_step`: attempts of that step below this one may write nothing any more."""
    steering: bool = Field(sa_column_kwargs={"server_default": text("false")})
    """A message is on its way that the next step is to take: the answer does not end the turn."""
    outcome: Outcome | None = Field(default=None, sa_type=choice(Outcome), nullable=True)
    finish: Finish | None = Field(default=None, sa_type=choice(Finish), nullable=True)
    error_code: str | None = Field(default=None, max_length=100)
    error_detail: str | None = prose(optional=True)
    started_at: datetime = moment(optional=False)
    ended_at: datetime | None = moment()
