"""Turns taken apart: what each did, for how long, and at what price."""

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import ThePorts, Viewer, visible, visible_run
from api.inspecting import inspected
from api.routes.conversations import PageCursor, Size
from api.routes.documentation import failures
from api.schemas.base import List
from api.schemas.inspection import TurnInspection, TurnSummary
from models import ids

router = APIRouter(tags=["turns"])


@router.get(
    "/v1/conversations/{conversation_id}/turns",
    operation_id="listTurns",
    responses=failures(404),
)
async def page(
    the: ThePorts,
    context: Viewer,
    conversation_id: UUID,
    limit: Size = 50,
    cursor: PageCursor = None,
) -> List[TurnSummary]:
    """All turns, newest first, those on other branches and withdrawn ones too."""
    await visible(the, context.scope, conversation_id)
    found = await the.inspection.turns(context.scope, conversation_id, limit=limit, cursor=cursor)
    return List[TurnSummary](
        items=[TurnSummary.of(item) for item in found.items], next_cursor=found.next_cursor
    )


@router.get(
    "/v1/conversations/{conversation_id}/turns/{turn_id}",
    operation_id="inspectTurn",
    responses=failures(404),
)
async def inspect(
    the: ThePorts, context: Viewer, conversation_id: UUID, turn_id: UUID
) -> TurnInspection:
    """Its stages, model calls, tool calls, approvals, usage, passages and stored events."""
    await visible(the, context.scope, conversation_id)
    report = await the.inspection.report(context.scope, conversation_id, turn_id)
    return inspected(the, report, ids.turn_workflow_id(context.scope, conversation_id))


@router.get(
    "/v1/runs/{run_id}/turn",
    operation_id="inspectRun",
    responses=failures(404),
)
async def inspect_run(the: ThePorts, context: Viewer, run_id: UUID) -> TurnInspection:
    """The same of a run, which is one turn. 404 `turn_not_found` until a worker has taken it."""
    await visible_run(the, context.scope, run_id)
    report = await the.inspection.report(context.scope, run_id, None)
    return inspected(the, report, ids.run_workflow_id(context.scope, run_id))
