"""Approvals: Postgres decides, a signal delivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.ports.conversations import ConversationKind, Page
from models.payloads.scope import LogKey, Scope
from models.states import ApprovalState as ApprovalState  # noqa: PLC0414 - the port re-exports it
from models.states import Decision as Decision  # noqa: PLC0414 - the port re-exports it


@dataclass(frozen=True, slots=True)
class Approval:
    """What exactly will run, and what was decided about it."""

    id: UUID
    conversation_id: UUID
    turn_id: UUID
    call_id: str
    tool: str
    arguments: dict[str, Any]
    state: ApprovalState
    note: str
    requested_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
    executed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verdict whose run may not have heard of it."""

    log: LogKey
    kind: ConversationKind
    approval_id: UUID


class Approvals(Protocol):
    async def get(self, scope: Scope, approval_id: UUID) -> Approval:
        """NotFoundError("approval_not_found")."""

    async def page(
        self, scope: Scope, *, state: ApprovalState | None, limit: int, cursor: str | None
    ) -> Page[Approval]:
        """The newest first."""

    async def decide(
        self,
        scope: Scope,
        approval_id: UUID,
        decision: Decision,
        *,
        decided_by: UUID,
        note: str,
    ) -> tuple[Approval, Delivery]:
        """One conditional update of a row that is pending and not past its expiry by Postgres's
        clock, with the audit entry in the same transaction. ConflictError("already_decided"),
        GoneError("expired") also after a withdrawal (then code "withdrawn")."""

    async def undelivered(self, limit: int) -> Sequence[Delivery]:
        """Decided more than 5 s ago in any space and not yet acted upon: for the sweep."""
