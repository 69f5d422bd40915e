"""Approvals in memory, decided as the store decides them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.approving import edited, refusal
from domain.ports.approvals import Approval, ApprovalState, Decision, Delivery, Judgement
from domain.ports.conversations import (
    ConversationKind,
    Page,
)
from models.errors import (
    NotFoundError,
)
from models.payloads.scope import LogKey, Scope
from tests.api.fakes.clock import NOW

Key = tuple[UUID, UUID]


class MemoryApprovals:
    def __init__(self) -> None:
        self.rows: dict[Key, Approval] = {}

    def add(self, scope: Scope, **changes: Any) -> Approval:  # noqa: ANN401 - fields of Approval
        row = Approval(
            id=uuid4(),
            conversation_id=uuid4(),
            turn_id=uuid4(),
            call_id="call_1",
            tool="publish_note",
            arguments={"text": "Hello"},
            state=ApprovalState.PENDING,
            note="",
            requested_at=NOW,
            expires_at=NOW + timedelta(hours=24),
            decided_at=None,
            decided_by=None,
            executed_at=None,
        )
        row = replace(row, **changes)
        self.rows[scope.space_id, row.id] = row
        return row

    async def get(self, scope: Scope, approval_id: UUID) -> Approval:
        found = self.rows.get((scope.space_id, approval_id))
        if found is None:
            raise NotFoundError("No such approval.", code="approval_not_found")
        return found

    async def page(
        self, scope: Scope, *, state: ApprovalState | None, limit: int, cursor: str | None
    ) -> Page[Approval]:
        mine = [row for (space, _), row in self.rows.items() if space == scope.space_id]
        return Page([row for row in mine if state in {None, row.state}][:limit], None)

    async def decide(
        self, scope: Scope, approval_id: UUID, judgement: Judgement
    ) -> tuple[Approval, Delivery]:
        row = await self.get(scope, approval_id)
        seen = judgement.arguments_hash in {None, row.arguments_hash}
        allowed = judgement.role.includes(row.approvers) and not (
            row.four_eyes
            and (
                row.requested_by in {None, judgement.decided_by}
                or row.written_by == judgement.decided_by
            )
        )
        if row.state is not ApprovalState.PENDING or not seen or not allowed:
            raise refusal(row, judgement, NOW)
        if judgement.arguments is not None:
            arguments, sealed = edited(row, judgement)
            row = replace(
                row,
                arguments=arguments,
                arguments_hash=sealed,
                original_arguments=row.arguments,
            )
        states = {
            Decision.APPROVE: ApprovalState.APPROVED,
            Decision.DENY: ApprovalState.DENIED,
            Decision.REVISE: ApprovalState.REVISED,
        }
        row = replace(
            row,
            state=states[judgement.decision],
            decided_by=judgement.decided_by,
            decided_via=judgement.via,
            note=judgement.note,
        )
        self.rows[scope.space_id, approval_id] = row
        assert row.conversation_id is not None
        log = LogKey(scope=scope, conversation_id=row.conversation_id)
        return row, Delivery(log, ConversationKind.CHAT, approval_id, scope)

    async def undelivered(self, limit: int) -> Sequence[Delivery]:
        return []
