"""An approval as its row has it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.store.session import Session
from domain.ports.approvals import Approval, ApprovalState, Via
from models.errors import NotFoundError
from models.payloads.policy import Quote
from models.states import Role

_ONE = "SELECT *, clock_timestamp() AS now FROM approval WHERE space_id = $1 AND id = $2"


async def one_approval(session: Session, approval_id: UUID) -> Mapping[Any, Any]:
    """With `now`, the clock that judges what has expired. NotFoundError."""
    row: Mapping[Any, Any] | None = await session.first(_ONE, session.scope.space_id, approval_id)
    if row is None:
        raise NotFoundError("There is no such approval.", code="approval_not_found")
    return row


def approval_of(row: Mapping[Any, Any]) -> Approval:
    return Approval(
        id=row["id"],
        conversation_id=row["conversation_id"],
        turn_id=row["turn_id"],
        call_id=row["call_id"],
        tool=row["tool"],
        arguments=row["arguments"],
        state=ApprovalState(row["state"]),
        note=row["note"],
        requested_at=row["created_at"],
        expires_at=row["expires_at"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        executed_at=row["executed_at"],
        arguments_hash=row["arguments_hash"],
        original_arguments=row["original_arguments"],
        schema=row["schema"],
        agent=row["agent"],
        requested_by=row["requested_by"],
        reason=row["reason"],
        rule=row["rule"],
        policy_version=row["policy_version"],
        tainted=row["tainted"],
        quotes=tuple(Quote.model_validate(quote) for quote in row["quotes"]),
        approvers=Role(row["approvers"]),
        four_eyes=row["four_eyes"],
        remind_at=row["remind_at"],
        escalate_at=row["escalate_at"],
        escalate_to=Role(row["escalate_to"]),
        decided_via=None if row["decided_via"] is None else Via(row["decided_via"]),
        content_id=row["content_id"],
        written_by=row["written_by"],
        reminded_at=row["reminded_at"],
        escalated_at=row["escalated_at"],
    )
