"""Tell people that something waits for them, remind them, and say what became of it."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.approvals import ApprovalActivities
    from models import names
    from models.payloads.approval import ApprovalWatch
    from workflows import policies

# Nobody could be told for a day: from then on it is tried this often.
_PAUSE = timedelta(minutes=10)


# It waits as long as people do, and would hold an old version up for as long: it moves.
@workflow.defn(name=names.APPROVAL_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class ApprovalWorkflow:
    """Beside the turn's, so that the turn's history does not pay. It decides nothing: each look
    at the row says what is due, and how long to wait."""

    @workflow.init
    def __init__(self, watch: ApprovalWatch) -> None:
        self._watch = watch
        self._woken = False

    @workflow.run
    async def run(self, watch: ApprovalWatch) -> None:
        while (wait := await self._attend()) is not None:
            workflow.set_current_details("waits for a verdict, or a reminder's time")
            await self._idle(wait)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(watch)

    @workflow.signal(name=names.CHANGED_SIGNAL)
    def changed(self) -> None:
        """The row was decided, withdrawn, or asks for another look."""
        self._woken = True

    async def _attend(self) -> timedelta | None:
        self._woken = False
        try:
            attendance = await workflow.execute_activity_method(
                ApprovalActivities.attend, self._watch, **policies.attend()
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return _PAUSE
        return attendance.wait

    async def _idle(self, wait: timedelta) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._woken, timeout=wait, timeout_summary="until something is due"
            )
        except TimeoutError:
            return
