"""What was done in a space, by whom, and whether anybody tampered with the trail of it."""

from fastapi import APIRouter

from api.dependencies import Admin, ThePorts
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.audit import AuditCheck, AuditEntryView, BreakView
from api.schemas.base import List

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get(
    "",
    operation_id="listAudit",
    response_model=List[AuditEntryView],
    responses=failures(),
)
async def page(
    the: ThePorts, context: Admin, limit: Size = 50, cursor: PageCursor = None
) -> object:
    """The space's trail, newest first."""
    return await the.audit.page(context.scope, limit=limit, cursor=cursor)


@router.get(
    "/verification",
    operation_id="verifyAudit",
    response_model=AuditCheck,
    responses=failures(),
)
async def verify(the: ThePorts, context: Admin) -> AuditCheck:
    """Read the whole chain. Changed, missing and added entries are named."""
    breaks = await the.audit.verify(context.scope)
    return AuditCheck(
        sound=not breaks, breaks=[BreakView.model_validate(found) for found in breaks]
    )
