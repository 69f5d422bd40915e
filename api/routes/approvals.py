"""What waits for a person: the inbox, and the verdict."""

from uuid import UUID

from fastapi import APIRouter

from api import deciding
from api.dependencies import ThePorts, Viewer
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.approvals import ApprovalView, Verdict
from api.schemas.base import List
from domain.ports.approvals import Approval, ApprovalState, Judgement, Via

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
    response_model=ApprovalView,
    responses=failures(404, 409, 410),
)
async def decide(the: ThePorts, context: Viewer, approval_id: UUID, body: Verdict) -> Approval:
    """Approve, deny, send back with a note, or approve with other arguments. The first verdict
    counts: later ones get 409. Who may decide is the approval's to say: 403 `role_required`,
    `four_eyes`."""
    judgement = Judgement(
        decision=body.decision,
        decided_by=context.caller.user_id,
        role=context.role,
        via=Via.API,
        note=body.note,
        arguments=body.arguments,
        arguments_hash=body.arguments_hash,
    )
    return await deciding.decide(the, context.scope, approval_id, judgement)
