"""A called agent works in a child run, with a log of its own that its caller's log shows."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    FailureError,
    WorkflowAlreadyStartedError,
)

with workflow.unsafe.imports_passed_through():
    from activities.following import FollowActivities
    from activities.tools import ToolActivities
    from domain.teams import within
    from models import ids, names
    from models.payloads.team import FollowReply, FollowRequest, OpenRequest
    from models.payloads.turn import (
        CallStatus,
        ChildRun,
        IncomingMessage,
        Limits,
        RunStart,
        SettleReply,
        SettleRequest,
        Spent,
        TurnResult,
    )
    from workflows import policies
    from workflows.visible import attributes_of
    from workflows.work import Work
    from workflows.worktime import WorkTime

# As the engine has it for every run: a task of a worker that died goes to another after this.
TASK = timedelta(seconds=5)
# Between a turn's end in its log and the end of its run, whichever comes first.
LAG = timedelta(seconds=10)
# A run that this one did not start itself tells nobody here that it goes on.
POLL = timedelta(minutes=1)


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
        return await _left(request)
    running = await _start(request, child, opened.message, limits, time)
    return await _Watch(request, child, running, work, time).until_ended()


async def _left(request: SettleRequest) -> SettleReply:
    """It was taken, and shall not begin any more."""
    call = request.call
    return await workflow.execute_activity_method(
        ToolActivities.settle,
        request.model_copy(update={"broken": True}),
        **policies.report_call(call.name, call.timeout),
    )


async def tell_caller(run_id: str) -> None:
    """Say that a run goes on that waited for a person: its caller may have looked away. For the
    run itself to call; without a caller it does nothing."""
    caller = workflow.info().parent
    if caller is None:
        return
    # Not by its run's id: an operator may have set it back since.
    handle: workflow.ExternalWorkflowHandle[object] = workflow.get_external_workflow_handle(
        caller.workflow_id
    )
    try:
        await handle.signal(_awake_signal(run_id))
    except FailureError:
        return  # it has ended, and this run is about to


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


class _Watch:
    """Sees a child to its end, and hands a stop down to it."""

    def __init__(
        self,
        request: SettleRequest,
        child: ChildRun,
        running: workflow.ChildWorkflowHandle[object, TurnResult] | None,
        work: Work,
        time: WorkTime,
    ) -> None:
        self._request = request
        self._child = child
        self._running = running
        self._work = work
        self._time = time
        self._woken = False

    async def until_ended(self) -> SettleReply:
        stopping = asyncio.create_task(self._hand_down())
        try:
            reply = await self._followed()
            while reply.status is CallStatus.PENDING:
                # It waits for a person, which takes none of our time and need not be watched.
                with self._time.paused():
                    await self._wait()
                if self._woken:
                    # Whoever called this run may have looked away as well.
                    await tell_caller(str(self._request.turn.conversation_id))
                reply = await self._followed()
            return SettleReply(status=reply.status, spent=await self._spent(reply))
        except (asyncio.CancelledError, ActivityError):
            # Nobody would hear its answer.
            if self._running is not None:
                self._running.cancel()
            raise
        finally:
            if not self._work.is_stopping():
                stopping.cancel()

    async def _hand_down(self) -> None:
        """The durable path of a stop; the fast one is in the child's log."""
        await workflow.wait_condition(self._work.is_stopping)
        if self._running is None or self._running.done():
            return
        try:
            await self._running.signal(names.STOP_SIGNAL, None)
        except FailureError:
            return  # it ended meanwhile

    async def _followed(self) -> FollowReply:
        following = asyncio.create_task(self._follow())
        try:
            await workflow.wait_condition(lambda: following.done() or self._is_over())
            if not following.done():
                # Nothing writes its log any more: what is not there will not come.
                await _within(LAG, following)
                following.cancel()
        except asyncio.CancelledError:
            following.cancel()
            await asyncio.wait({following})
            raise
        return await following

    async def _follow(self) -> FollowReply:
        name, deadline = self._child.agent.name, self._child.agent.deadline
        policy = policies.follow_child(name, deadline)
        if not self._work.is_stopping():
            request = FollowRequest(settle=self._request)
            return await self._work.do(FollowActivities.follow, request, policy)
        # The stop came before: this one is to see what comes of it, and is not cancelled.
        return await workflow.execute_activity_method(
            FollowActivities.follow, FollowRequest(settle=self._request, stopping=True), **policy
        )

    async def _wait(self) -> None:
        """Until the child goes on or ends, or all is to stop."""
        self._woken = False
        signal = _awake_signal(str(self._child.run_id))
        # One that came before it was waited for is delivered now.
        workflow.set_signal_handler(signal, self._wake)
        try:
            await workflow.wait_condition(
                lambda: self._woken or self._is_over() or self._work.is_stopping(),
                timeout=POLL if self._running is None else None,
            )
        except TimeoutError:
            return
        finally:
            workflow.set_signal_handler(signal, None)

    def _wake(self) -> None:
        self._woken = True

    def _is_over(self) -> bool:
        return self._running is not None and self._running.done()

    async def _spent(self, reply: FollowReply) -> Spent:
        """With what its own children spent, if it lived to say so. Their calls are not ours."""
        if self._running is None:
            return reply.spent
        await _within(LAG, self._running)
        if not self._running.done():
            return reply.spent
        try:
            result = await self._running
        except (ChildWorkflowError, ApplicationError):
            return reply.spent
        return result.spent.model_copy(update={"calls": 0})


def _awake_signal(run_id: str) -> str:
    """One for each child: several may run side by side."""
    return f"awake/{run_id}"


async def _within(limit: timedelta, task: asyncio.Task[object]) -> None:
    if task.done():
        return
    try:
        await workflow.wait_condition(task.done, timeout=limit)
    except TimeoutError:
        return
