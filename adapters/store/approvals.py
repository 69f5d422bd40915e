"""Approvals: one conditional update decides, whoever asks and however often."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from adapters.store import cursor as cursors
from adapters.store.approval_row import approval_of, one_approval
from adapters.store.repository import Repository, newest_first
from adapters.store.session import Session
from adapters.store.stored import clean, dump
from adapters.store.trail import record
from domain.approving import edited, refusal
from domain.ports.approvals import DECIDED, Approval, ApprovalState, Delivery, Judgement
from domain.ports.conversations import ConversationKind, Page
from models.errors import AppError, InvalidError
from models.payloads.scope import LogKey, Scope
from models.states import Role
from models.tables.approval import Approval as ApprovalRow
from models.tables.base import table

# What it changes, the row's trigger audits. Whoever asked unknown, nobody is another person.
_DECIDE = """
UPDATE approval SET state = $4, note = $5, decided_by = $6, verdict_id = $7, decided_via = $8,
    decided_at = clock_timestamp(),
    original_arguments = CASE WHEN $9::jsonb IS NOT NULL THEN arguments END,
    arguments = coalesce($9::jsonb, arguments),
    arguments_hash = coalesce($10::varchar, arguments_hash)
WHERE space_id = $1 AND organisation_id = $2 AND id = $3 AND state = 'pending'
    AND expires_at > clock_timestamp() AND approvers = ANY($11::varchar[])
    AND (NOT four_eyes OR requested_by <> $6 AND written_by IS DISTINCT FROM $6)
    AND ($12::varchar IS NULL OR arguments_hash = $12)
RETURNING *, clock_timestamp() AS now
"""
_UNDELIVERED = "SELECT * FROM undelivered_approvals($1)"
_approval = table(ApprovalRow).c


class PostgresApprovals(Repository):
    async def get(self, scope: Scope, approval_id: UUID) -> Approval:
        async def work(session: Session) -> Approval:
            return approval_of(await one_approval(session, approval_id))

        return await self._run(scope, work)

    async def page(
        self, scope: Scope, *, state: ApprovalState | None, limit: int, cursor: str | None
    ) -> Page[Approval]:
        limit = cursors.bounded(limit)
        filters = [] if state is None else [_approval.state == state]
        statement = newest_first(scope, ApprovalRow, *filters, limit=limit, cursor=cursor)

        async def work(session: Session) -> Page[Approval]:
            rows = (await session.execute(statement)).mappings().all()
            return cursors.page(
                [approval_of(row) for row in rows],
                limit,
                lambda last: cursors.moment_cursor(last.requested_at, last.id),
            )

        return await self._run(scope, work)

    async def decide(
        self, scope: Scope, approval_id: UUID, judgement: Judgement
    ) -> tuple[Approval, Delivery]:
        # Made once for all tries: one whose answer was lost knows its own verdict again.
        verdict_id = uuid4()
        judgement = replace(judgement, note=clean(judgement.note))

        async def work(session: Session) -> tuple[Approval, Delivery] | AppError:
            try:
                row = await _decide(session, approval_id, judgement, verdict_id)
            except InvalidError as error:
                refused: AppError = error
            else:
                if row["verdict_id"] == verdict_id:
                    return approval_of(row), delivery_of(row, approval_id)
                refused = refusal(approval_of(row), judgement, row["now"])
                if _repeated(row, judgement):
                    return refused
            await _audit(session, approval_id, judgement, verdict_id, refused)
            return refused

        answer = await self._run(scope, work)
        # Raised out here: in there it would undo what it leaves in the trail.
        if isinstance(answer, AppError):
            raise answer
        return answer

    async def undelivered(self, limit: int) -> Sequence[Delivery]:
        """The one question across spaces: its answer holds ids only."""

        async def work(session: Session) -> Sequence[Delivery]:
            rows = await session.fetch(_UNDELIVERED, limit)
            return [delivery_of(row, row["approval_id"]) for row in rows]

        return await self._database.run(None, work)


async def _decide(
    session: Session, approval_id: UUID, judgement: Judgement, verdict_id: UUID
) -> Mapping[Any, Any]:
    """The row as it stands afterwards. Edited arguments are bound to those that they change."""
    scope, seen, arguments, digest = session.scope, judgement.arguments_hash, None, None
    if judgement.arguments is not None:
        standing = await one_approval(session, approval_id)
        arguments, digest = edited(approval_of(standing), judgement)
        seen = standing["arguments_hash"] if seen is None else seen
    row: Mapping[Any, Any] | None = await session.first(
        _DECIDE,
        scope.space_id,
        scope.organisation_id,
        approval_id,
        DECIDED[judgement.decision].value,
        judgement.note,
        judgement.decided_by,
        verdict_id,
        judgement.via.value,
        None if arguments is None else dump(arguments),
        digest,
        [role.value for role in Role if judgement.role.includes(role)],
        seen,
    )
    return await one_approval(session, approval_id) if row is None else row


def _repeated(row: Mapping[Any, Any], judgement: Judgement) -> bool:
    """The same person says the same once more, as after a lost answer: no news to the trail."""
    said = row["state"], row["decided_by"]
    return said == (DECIDED[judgement.decision].value, judgement.decided_by)


async def _audit(
    session: Session, approval_id: UUID, judgement: Judgement, verdict_id: UUID, error: AppError
) -> None:
    details = {
        "code": error.code,
        "decision": judgement.decision.value,
        "role": judgement.role.value,
        "via": judgement.via.value,
    }
    await record(
        *(session, verdict_id, "approval.refused", approval_id),
        by=judgement.decided_by,
        details=details,
    )


def delivery_of(row: Mapping[Any, Any], approval_id: UUID) -> Delivery:
    scope = Scope(organisation_id=row["organisation_id"], space_id=row["space_id"])
    conversation = row["conversation_id"]
    return Delivery(
        log=None if conversation is None else LogKey(scope=scope, conversation_id=conversation),
        # A review's says nothing: it has no log.
        kind=ConversationKind(row["conversation_kind"] or ConversationKind.CHAT),
        approval_id=approval_id,
        scope=scope,
    )
