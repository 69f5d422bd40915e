"""A person's verdict, wherever it comes from."""

from uuid import UUID

import structlog

from api.ports import Ports
from domain.ports.approvals import Approval, Judgement
from models.errors import AppError
from models.payloads.scope import Scope

log = structlog.get_logger(__name__)


async def decide(the: Ports, scope: Scope, approval_id: UUID, judgement: Judgement) -> Approval:
    """Store it and wake who waits; raises what the store does."""
    approval, delivery = await the.approvals.decide(scope, approval_id, judgement)
    try:
        await the.engine.decided(delivery)
    except AppError as error:
        # The verdict stands: a sweep sends again what was decided and not delivered.
        log.warning("approval.undelivered", code=error.code, approval_id=str(approval_id))
    return approval
