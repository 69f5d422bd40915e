"""An agent run without a conversation: the same loop, no queue and no session."""

from uuid import UUID

from temporalio import workflow
from temporalio.common import VersioningBehavior

with workflow.unsafe.imports_passed_through():
    from models import names
    from models.payloads.scope import TurnKey
    from models.payloads.turn import Outcome, RunStart, TurnResult
    from workflows.loop import Turn
    from workflows.visible import show_outcome
    from workflows.watch import tell_caller


@workflow.defn(name=names.AGENT_RUN_WORKFLOW, versioning_behavior=VersioningBehavior.PINNED)
class AgentRunWorkflow:
    @workflow.init
    def __init__(self, start: RunStart) -> None:
        key = TurnKey(
            scope=start.scope,
            conversation_id=start.run_id,
            turn_id=start.message.turn_id,
            request_id=start.message.request_id,
        )
        self._run_id = start.run_id
        self._turn = Turn(key, start.message, start.limits, sessions=False)

    @workflow.run
    async def run(self, start: RunStart) -> TurnResult:  # noqa: ARG002 -- init has read it
        result = await self._turn.run()
        show_outcome(result.outcome)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return result

    @workflow.signal(name=names.STOP_SIGNAL)
    def stop(self, turn_id: UUID | None) -> None:
        if turn_id in {None, self._turn.message.turn_id}:
            self._turn.stop(Outcome.STOPPED)

    @workflow.signal(name=names.DECIDED_SIGNAL)
    async def decided(self, approval_id: UUID) -> None:
        self._turn.decided(approval_id)
        await tell_caller(self._run_id)
