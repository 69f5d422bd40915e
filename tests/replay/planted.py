"""A planted change that no open run survives: a new timer before anything else."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models import names
    from models.payloads.turn import TurnResult, TurnStart
    from workflows.turn import TurnWorkflow


@workflow.defn(name=names.TURN_WORKFLOW)
class HastyTurnWorkflow(TurnWorkflow):
    @workflow.init
    def __init__(self, start: TurnStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: TurnStart) -> TurnResult:
        await workflow.sleep(timedelta(seconds=1))
        return await super().run(start)
