"""Sees a called agent's run to its end, and hands a stop down to it."""

import asyncio
from datetime import timedelta
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    FailureError,
)

with workflow.unsafe.imports_passed_through():
    from activities.following import FollowActivities
    from models import names
    from models.payloads.team import FollowReply, FollowRequest
    from models.payloads.turn import (
        CallStatus,
        ChildRun,
        SettleReply,
        SettleRequest,
        Spent,
        TurnResult,
    )
    from workflows import policies
    from workflows.work import Work
    from workflows.worktime import WorkTime

# Between a turn's end in its log and the end of its run, whichever comes first.
LAG = timedelta(seconds=10)
# A run that this one did not start itself tells nobody here that it goes on.
POLL = timedelta(minutes=1)


class Watch:
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
                # It waits for a person, which takes none of our time, or is one of too many.
                with self._time.paused():
                    await self._wait()
                if self._woken:
                    # Whoever called this run may have looked away as well.
                    await tell_caller(self._request.turn.conversation_id)
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
            request = FollowRequest(settle=self._request, over=self._is_over())
            return await self._work.do(FollowActivities.follow, request, policy)
        # The stop came before: this one is to see what comes of it, and is not cancelled.
        return await workflow.execute_activity_method(
            FollowActivities.follow, FollowRequest(settle=self._request, stopping=True), **policy
        )

    async def _wait(self) -> None:
        """Until the child goes on or ends, or all is to stop."""
        self._woken = False
        signal = names.awake_signal(self._child.run_id)
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


async def tell_caller(run_id: UUID) -> None:
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
        await handle.signal(names.awake_signal(run_id))
    except FailureError:
        return  # it has ended, and this run is about to


async def _within(limit: timedelta, task: asyncio.Task[object]) -> None:
    if task.done():
        return
    try:
        await workflow.wait_condition(task.done, timeout=limit)
    except TimeoutError:
        return
