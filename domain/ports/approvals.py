"""Approvals: Postgres decides, a signal delivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from domain.ports.conversations import ConversationKind, Page
from models.payloads.policy import Quote
from models.payloads.scope import LogKey, Scope
from models.states import ApprovalState as ApprovalState  # noqa: PLC0414 - the port re-exports it
from models.states import Decision as Decision  # noqa: PLC0414 - the port re-exports it
from models.states import Role
from models.states import Via as Via  # noqa: PLC0414 - the port re-exports it


@dataclass(frozen=True, slots=True)
class Approval:
    """What exactly will run, and what was decided about it."""

    id: UUID
    conversation_id: UUID | None
    """None for reviews of content: they belong to no conversation."""
    turn_id: UUID | None
    call_id: str
    tool: str
    arguments: dict[str, Any]
    """What will run: after an edit, the edited ones."""
    state: ApprovalState
    note: str
    requested_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
    executed_at: datetime | None
    arguments_hash: str = ""
    """Of `arguments`: `domain.canonical.digest`."""
    original_arguments: dict[str, Any] | None = None
    """What was asked for, where the verdict edited it."""
    schema: dict[str, Any] | None = None
    """JSON Schema of the arguments, which edited ones must fit; None: they cannot be edited."""
    agent: str = ""
    requested_by: UUID | None = None
    """Whose turn it is."""
    reason: str = ""
    """The policy's sentence."""
    rule: str = ""
    policy_version: int = 0
    tainted: bool = False
    quotes: tuple[Quote, ...] = ()
    approvers: Role = Role.APPROVER
    """The least role that may decide; after an escalation still this one."""
    four_eyes: bool = False
    remind_at: datetime | None = None
    escalate_at: datetime | None = None
    escalate_to: Role = Role.ADMIN
    decided_via: Via | None = None
    content_id: UUID | None = None
    written_by: UUID | None = None
    """Whose text a review of content is about: where four eyes must see it, not theirs."""
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verdict whose run may not have heard of it. `log` is None for reviews of content."""

    log: LogKey | None
    kind: ConversationKind
    approval_id: UUID
    scope: Scope


DECIDED: Final = {
    Decision.APPROVE: ApprovalState.APPROVED,
    Decision.DENY: ApprovalState.DENIED,
    Decision.REVISE: ApprovalState.REVISED,
}
"""What an approval is after a decision."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person decides. `arguments_hash` is of what they were shown: where it is given, the
    row must still say that."""

    decision: Decision
    decided_by: UUID
    role: Role
    """The approver's in the space, now."""
    via: Via
    note: str = ""
    arguments: dict[str, Any] | None = None
    """Run these instead; for `approve` alone."""
    arguments_hash: str | None = None


class Approvals(Protocol):
    async def get(self, scope: Scope, approval_id: UUID) -> Approval:
        """NotFoundError("approval_not_found")."""

    async def page(
        self, scope: Scope, *, state: ApprovalState | None, limit: int, cursor: str | None
    ) -> Page[Approval]:
        """The newest first."""

    async def decide(
        self, scope: Scope, approval_id: UUID, judgement: Judgement
    ) -> tuple[Approval, Delivery]:
        """One conditional update of a row that is pending and not past its expiry by Postgres's
        clock, with the audit entry in the same transaction: the first wins wherever it comes from.
        ConflictError("already_decided"), GoneError("expired") also after a withdrawal (then code
        "withdrawn"); AccessError("role_required"), AccessError("four_eyes"),
        ConflictError("arguments_changed"), InvalidError("arguments_invalid"): these are audited
        too, and leave the row as it was."""

    async def undelivered(self, limit: int) -> Sequence[Delivery]:
        """Decided more than 5 s ago in any space and not yet acted upon: for the sweep."""
