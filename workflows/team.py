"""A called agent works in a child run, with a log of its own."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.following import FollowActivities
    from activities.tools import ToolActivities
    from domain.teams import within
    from models import ids, names
    from models.payloads.team import OpenRequest
    from models.payloads.turn import (
        CallStatus,
        ChildRun,
        IncomingMessage,
        Limits,
        RunStart,
        SettleReply,
        SettleRequest,
        TurnResult,
    )
    from workflows import policies
    from workflows.visible import attributes_of
    from workflows.watch import Watch
    from workflows.work import Work
    from workflows.worktime import WorkTime

# As the engine has it for every run: a task of a worker that died goes to another after this.
TASK = timedelta(seconds=5)


async def run_child(
    request: SettleRequest, parent: IncomingMessage, limits: Limits, work: Work, time: WorkTime
) -> SettleReply | None:
    """Bring a call that starts an agent to its end; `parent` is the message of the calling turn.
    PENDING after a wake-up without a verdict. None when the call may not run: settle it like any
    other, which says so. Raises ActivityError, for the caller to report the call as broken."""
    child = request.call.child
    opened = await work.do(
        FollowActivities.open,
        # Its text is not needed, and may be long.
        OpenRequest(settle=request, parent=parent.model_copy(update={"content": None})),
        policies.open_child(request.call.name),
    )
    if opened.status is CallStatus.PENDING:
        return SettleReply(status=CallStatus.PENDING)
    if child is None or opened.message is None:
        return None
    if work.is_stopping():
        return await report_broken(request, work)
    running = await _start(request, child, opened.message, limits, time)
    return await Watch(request, child, running, work, time).until_ended()


async def report_broken(request: SettleRequest, work: Work) -> SettleReply:
    """It was taken, and goes on no more. What had not begun runs now, and a stop reaches it; after
    a stop nothing begins, and its end is written all the same."""
    call = request.call
    broken = request.model_copy(update={"broken": True})
    policy = policies.report_call(call.name, call.timeout)
    if not work.is_stopping():
        try:
            return await work.do(ToolActivities.settle, broken, policy)
        except ActivityError:
            if not work.is_stopping():
                raise
    ending = broken.model_copy(update={"stopping": True})
    return await workflow.execute_activity_method(ToolActivities.settle, ending, **policy)


async def _start(
    request: SettleRequest,
    child: ChildRun,
    message: IncomingMessage,
    limits: Limits,
    time: WorkTime,
) -> workflow.ChildWorkflowHandle[object, TurnResult] | None:
    """None when it was started before an operator set this run back: its log is all there is."""
    scope, name = request.turn.scope, child.agent.name
    # The step that made the call took time as well.
    plan = child.agent.model_copy(update={"deadline": within(child.agent.deadline, time.left())})
    try:
        return await workflow.start_child_workflow(
            names.AGENT_RUN_WORKFLOW,
            RunStart(
                scope=scope,
                run_id=child.run_id,
                message=message.model_copy(update={"agent": plan}),
                limits=limits,
            ),
            result_type=TurnResult,
            id=ids.run_workflow_id(scope, child.run_id),
            # A caller that is put an end to takes its children along, and each closes its turn.
            parent_close_policy=workflow.ParentClosePolicy.REQUEST_CANCEL,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=attributes_of(scope, child.run_id, name),
            static_summary=f"Run of {name}",
            priority=workflow.info().priority,
            task_timeout=TASK,
        )
    except WorkflowAlreadyStartedError:
        return None
