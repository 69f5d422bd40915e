"""Approvals: what a person is shown is the row, and the row is what runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from models.states import ApprovalState, ConversationKind
from models.tables.base import SpaceRow, choice, document, moment, of_turn, prose


class Approval(SpaceRow, table=True):
    __tablename__ = "approval"
    __table_args__ = (
        of_turn(),
        Index(None, "space_id", "turn_id"),
        Index(None, "space_id", "created_at", "id"),
        Index(
            "ix_approval_undelivered",
            "decided_at",
            postgresql_where=text("decided_at IS NOT NULL AND delivered_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID
    conversation_kind: ConversationKind = Field(sa_type=choice(ConversationKind))
    turn_id: UUID
    call_id: str = Field(max_length=100)
    tool: str = Field(max_length=200)
    arguments: dict[str, Any] = document()
    state: ApprovalState = Field(sa_type=choice(ApprovalState))
    note: str = prose(default="")
    expires_at: datetime = moment(optional=False)
    decided_at: datetime | None = moment()
    decided_by: UUID | None = None
    verdict_id: UUID | None = None
    """Names the verdict, so that whoever repeats a lost answer finds that it was theirs."""
    delivered_at: datetime | None = moment()
    """When its run acted upon the verdict, or ended."""
    executed_at: datetime | None = moment()
