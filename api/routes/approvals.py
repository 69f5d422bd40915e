"""What waits for a person: the inbox, and the verdict."""

from uuid import UUID

from fastapi import APIRouter

from api import deciding
from api.dependencies import ThePorts, Viewer
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import REPEATABLE, failures
from api.schemas.approvals import ApprovalView, Verdict
from api.schemas.base import List
from domain.ports.approvals import Approval, ApprovalState

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])


@router.get(
    "",
    operation_id="listApprovals",
    response_model=List[ApprovalView],
    responses=failures(),
)
async def page(
    the: ThePorts,
    context: Viewer,
    state: ApprovalState | None = None,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> object:
    """The space's approvals, newest first."""
    return await the.approvals.page(context.scope, state=state, limit=limit, cursor=cursor)


@router.get(
    "/{approval_id}",
    operation_id="getApproval",
    response_model=ApprovalView,
    responses=failures(404),
)
async def get(the: ThePorts, context: Viewer, approval_id: UUID) -> Approval:
    """Read one."""
    return await the.approvals.get(context.scope, approval_id)


@router.post(
    "/{approval_id}",
    operation_id="decideApproval",
    openapi_extra=REPEATABLE,
    response_model=ApprovalView,
    responses=failures(404, 409, 410),
)
async def decide(the: ThePorts, context: Viewer, approval_id: UUID, body: Verdict) -> Approval:
    """Approve, deny, send back with a note, or approve with other arguments. The first verdict
    counts: later ones get 409. Who may decide is the approval's to say: 403 `role_required`,
    `four_eyes`."""
    judgement = deciding.judgement(context, body)
    return await deciding.decide(the, context.scope, approval_id, judgement)
