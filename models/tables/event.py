"""The durable part of the event log: coarse events of all time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.tables.base import SpaceRow, moment, of_conversation


class Event(SpaceRow, table=True):
    __tablename__ = "event"
    __table_args__ = (of_conversation(),)

    conversation_id: UUID = Field(primary_key=True)
    turn_number: int = Field(sa_type=BigInteger, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, primary_key=True)
    turn_id: UUID | None = None
    """None for what belongs to no turn."""
    kind: str = Field(max_length=64)
    payload: bytes
    """The event's JSON as readers get it. Not jsonb, which refuses NUL in a tool's result."""
    at: datetime = moment(optional=False)
