"""End a session when nobody has spoken for a while, and write what it leaves behind."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from activities.sessions import SessionActivities
    from models import names
    from models.payloads.session import SessionKey, SessionStart
    from workflows import policies

# A closed conversation whose turn still waits for a person is looked at again, ever less often.
_LONGEST_WAIT = timedelta(minutes=5)


# It lives as long as people keep talking, and would hold an old version up for as long: it moves,
# so a change of it needs `workflow.patched`, which the replay gate insists on.
@workflow.defn(
    name=names.POST_SESSION_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE
)
class PostSessionWorkflow:
    """Starts with the idle window as its delay; later turns only move the session's clock."""

    @workflow.init
    def __init__(self, start: SessionStart) -> None:
        self._start = start
        self._closed = start.closed
        self._woken = False

    @workflow.run
    async def run(self, start: SessionStart) -> None:
        waits = 0
        while (left := await self._end()) is not None:
            workflow.set_current_details("waits for the idle window")
            if self._closed:
                left = min(left * 2**waits, _LONGEST_WAIT)
                waits = min(waits + 1, 20)
            await self._idle(left)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start.model_copy(update={"closed": self._closed}))
        workflow.set_current_details("summarises")
        await workflow.execute_activity_method(
            SessionActivities.summarise, self._key(), **policies.summarise()
        )

    @workflow.signal(name=names.CLOSE_SIGNAL)
    def close(self) -> None:
        """Again at each end of a turn, when one ran while the conversation was closed."""
        self._closed = self._woken = True

    async def _end(self) -> timedelta | None:
        """What is left of the window, or None when the session has ended."""
        self._woken = False
        end = await workflow.execute_activity_method(
            SessionActivities.end, self._key(), **policies.end_session()
        )
        return end.remaining

    async def _idle(self, left: timedelta) -> None:
        try:
            await workflow.wait_condition(
                lambda: self._woken, timeout=left, timeout_summary="idle window"
            )
        except TimeoutError:
            return

    def _key(self) -> SessionKey:
        return SessionKey(
            scope=self._start.scope,
            conversation_id=self._start.conversation_id,
            session_id=self._start.session_id,
            number=self._start.number,
            closed=self._closed,
            idle_window=self._start.idle_window,
        )
