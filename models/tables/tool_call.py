"""Tool calls: what the model asked for and what came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from models.payloads.turn import CallStatus
from models.tables.base import SpaceRow, choice, document, moment, of_turn, prose


class ToolCall(SpaceRow, table=True):
    """Its row lock decides who runs it. `ended_at` is set with the result, once."""

    __tablename__ = "tool_call"
    __table_args__ = (of_turn(),)

    turn_id: UUID = Field(primary_key=True)
    call_id: str = Field(max_length=100, primary_key=True)
    conversation_id: UUID
    step: int
    index: int
    """Its place among the step's calls."""
    name: str = Field(max_length=200)
    raw_arguments: str = prose()
    arguments: dict[str, Any] | None = document(optional=True)
    """Validated; None when they did not validate."""
    approval_id: UUID | None = None
    ruling: str = Field(max_length=10, sa_column_kwargs={"server_default": ""})
    """allow, ask or deny; empty when it was not sound enough to be judged."""
    status: CallStatus = Field(sa_type=choice(CallStatus))
    result: str = prose(default="")
    started_at: datetime | None = moment()
    ended_at: datetime | None = moment()
