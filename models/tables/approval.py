"""Approvals: what a person is shown is the row, and the row is what runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.states import ApprovalState, ConversationKind, Role, Via
from models.tables.base import SpaceRow, choice, document, moment, of_turn, prose


def _named(default: str, most: int) -> Any:  # noqa: ANN401 - as SQLModel's Field
    return Field(default=default, max_length=most, sa_column_kwargs={"server_default": default})


def _flag() -> Any:  # noqa: ANN401 - as SQLModel's Field
    return Field(default=False, sa_column_kwargs={"server_default": text("false")})


def _role(default: Role, name: str) -> Any:  # noqa: ANN401 - as SQLModel's Field
    return Field(
        default=default,
        sa_type=choice(Role, name),
        sa_column_kwargs={"server_default": default.value},
    )


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
        Index(
            "ix_approval_unnoticed",
            "created_at",
            postgresql_where=text(
                "told_at IS NULL"
                " AND (state = 'pending' OR noticed_at IS NOT NULL OR content_id IS NOT NULL)"
            ),
        ),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID | None = None
    """None, as its kind and the turn, for reviews of content."""
    conversation_kind: ConversationKind | None = Field(
        default=None, sa_type=choice(ConversationKind)
    )
    turn_id: UUID | None = None
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
    arguments_hash: str = _named("", 64)
    """`domain.canonical.digest` of `arguments`: the verdict is bound to it."""
    original_arguments: dict[str, Any] | None = document(optional=True)
    """What was asked for, where the verdict edited it."""
    arguments_schema: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), sa_column_kwargs={"name": "schema"}
    )
    agent: str = _named("", 200)
    requested_by: UUID | None = None
    reason: str = prose(default="")
    rule: str = _named("", 100)
    policy_version: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    tainted: bool = _flag()
    quotes: list[dict[str, Any]] = document("[]")
    approvers: Role = _role(Role.APPROVER, "approvers")
    four_eyes: bool = _flag()
    remind_at: datetime | None = moment()
    escalate_at: datetime | None = moment()
    escalate_to: Role = _role(Role.ADMIN, "escalate_to")
    decided_via: Via | None = Field(default=None, sa_type=choice(Via))
    content_id: UUID | None = None
    written_by: UUID | None = None
    """Whose text a review of content is about; None: an agent's."""
    noticed_at: datetime | None = moment()
    """When its own workflow last looked at it, to tell people of it."""
    reminded_at: datetime | None = moment()
    escalated_at: datetime | None = moment()
    woken_at: datetime | None = moment()
    """When a sweep last woke that workflow: each time is an event in its history."""
    told_at: datetime | None = moment()
    """When those who were asked had been told what became of it."""
