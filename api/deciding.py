"""A person's verdict, wherever it comes from."""

from uuid import UUID

import structlog

from api.admission import Context
from api.ports import Ports
from api.schemas.approvals import Verdict
from domain.ports.approvals import Approval, Judgement, Via
from models.errors import AppError
from models.payloads.scope import Scope

log = structlog.get_logger(__name__)


def judgement(context: Context, verdict: Verdict) -> Judgement:
    """As the caller gave it, by the API."""
    return Judgement(
        decision=verdict.decision,
        decided_by=context.caller.user_id,
        role=context.role,
        via=Via.API,
        note=verdict.note,
        arguments=verdict.arguments,
        arguments_hash=verdict.arguments_hash,
    )


async def decide(the: Ports, scope: Scope, approval_id: UUID, judgement: Judgement) -> Approval:
    """Store it and wake who waits; raises what the store does."""
    approval, delivery = await the.approvals.decide(scope, approval_id, judgement)
    try:
        await the.engine.decided(delivery)
    except AppError as error:
        # The verdict stands: a sweep sends again what was decided and not delivered.
        log.warning("approval.undelivered", code=error.code, approval_id=str(approval_id))
    return approval
