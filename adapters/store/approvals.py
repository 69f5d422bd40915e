"""Approvals: one conditional update decides, whoever asks and however often."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import tuple_

from adapters.store import cursor as cursors
from adapters.store.repository import Repository, select_rows
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.approvals import Approval, ApprovalState, Decision, Delivery, Judgement
from domain.ports.conversations import ConversationKind, Page
from models.errors import AppError, ConflictError, GoneError, NotFoundError
from models.payloads.scope import LogKey, Scope
from models.tables.approval import Approval as ApprovalRow
from models.tables.base import table

_STATES = {
    Decision.APPROVE: ApprovalState.APPROVED,
    Decision.DENY: ApprovalState.DENIED,
    Decision.REVISE: ApprovalState.REVISED,
}
_DECIDE = """
WITH decided AS (
    UPDATE approval SET state = $4, note = $5, decided_by = $6, verdict_id = $7,
        decided_at = clock_timestamp()
    WHERE space_id = $1 AND id = $3 AND state = 'pending' AND expires_at > clock_timestamp()
    RETURNING *
), audited AS (
    INSERT INTO audit (space_id, organisation_id, id, user_id, action, subject_id, details)
    SELECT $1, $2, $7, $6, 'approval.' || state, id, jsonb_build_object('tool', tool,
        'call_id', call_id, 'turn_id', turn_id, 'conversation_id', conversation_id, 'note', note)
    FROM decided
)
SELECT * FROM decided
"""
_UNDELIVERED = "SELECT * FROM undelivered_approvals($1)"
_approval = table(ApprovalRow).c


class PostgresApprovals(Repository):
    async def get(self, scope: Scope, approval_id: UUID) -> Approval:
        async def work(session: Session) -> Approval:
            return _view(await _one(session, approval_id))

        return await self._run(scope, work)

    async def page(
        self, scope: Scope, *, state: ApprovalState | None, limit: int, cursor: str | None
    ) -> Page[Approval]:
        limit = cursors.bounded(limit)
        statement = (
            select_rows(scope, ApprovalRow)
            .order_by(_approval.created_at.desc(), _approval.id.desc())
            .limit(limit + 1)
        )
        if state is not None:
            statement = statement.where(_approval.state == state)
        if cursor is not None:
            place = tuple_(_approval.created_at, _approval.id)
            statement = statement.where(place < tuple_(*cursors.read_moment(cursor)))

        async def work(session: Session) -> Page[Approval]:
            rows = (await session.execute(statement)).mappings().all()
            return cursors.page(
                [_view(row) for row in rows],
                limit,
                lambda last: cursors.moment_cursor(last.requested_at, last.id),
            )

        return await self._run(scope, work)

    async def decide(
        self, scope: Scope, approval_id: UUID, judgement: Judgement
    ) -> tuple[Approval, Delivery]:
        # Made once for all tries: one whose answer was lost knows its own verdict again.
        verdict_id = uuid4()

        async def work(session: Session) -> tuple[Approval, Delivery]:
            row = await session.first(
                _DECIDE,
                scope.space_id,
                scope.organisation_id,
                approval_id,
                _STATES[judgement.decision].value,
                clean(judgement.note),
                judgement.decided_by,
                verdict_id,
            )
            if row is None:
                row = await _one(session, approval_id)
                if row["verdict_id"] != verdict_id:
                    raise _refusal(_view(row))
            return _view(row), _delivery(row, approval_id)

        return await self._run(scope, work)

    async def undelivered(self, limit: int) -> Sequence[Delivery]:
        """The one question across spaces: its answer holds ids only."""

        async def work(session: Session) -> Sequence[Delivery]:
            rows = await session.fetch(_UNDELIVERED, limit)
            return [_delivery(row, row["approval_id"]) for row in rows]

        return await self._database.run(None, work)


async def _one(session: Session, approval_id: UUID) -> Mapping[Any, Any]:
    statement = select_rows(session.scope, ApprovalRow).where(_approval.id == approval_id)
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFoundError("There is no such approval.", code="approval_not_found")
    return row


def _refusal(approval: Approval) -> AppError:
    """Why it cannot be decided any more."""
    if approval.state is ApprovalState.WITHDRAWN:
        return GoneError("The turn was stopped before a verdict.", code="withdrawn")
    if approval.state in {ApprovalState.EXPIRED, ApprovalState.PENDING}:
        return GoneError("Nobody decided in time.", code="expired")
    when = "" if approval.decided_at is None else f" at {approval.decided_at.isoformat()}"
    return ConflictError(
        f"Already {approval.state.value} by {approval.decided_by}{when}.", code="already_decided"
    )


def _view(row: Mapping[Any, Any]) -> Approval:
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
    )


def _delivery(row: Mapping[Any, Any], approval_id: UUID) -> Delivery:
    scope = Scope(organisation_id=row["organisation_id"], space_id=row["space_id"])
    return Delivery(
        log=LogKey(scope=scope, conversation_id=row["conversation_id"]),
        kind=ConversationKind(row["conversation_kind"]),
        approval_id=approval_id,
    )
