"""A workflow and its activity that only write log lines."""

from datetime import timedelta

from temporalio import activity, workflow


@activity.defn(name="speak")
async def speak() -> None:
    activity.logger.warning("from an activity", extra={"code": "away"})


@workflow.defn(name="speaking")
class SpeakingWorkflow:
    @workflow.run
    async def run(self) -> None:
        workflow.logger.warning("from a workflow", extra={"outcome": "stopped"})
        await workflow.execute_activity(speak, schedule_to_close_timeout=timedelta(seconds=9))
