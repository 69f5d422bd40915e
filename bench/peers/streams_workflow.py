"""A workflow with Temporal's own `workflow_streams`, and one streaming activity."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.contrib.workflow_streams import WorkflowStream

QUEUE = "bench-streams"
STREAM = "stream"
TOKENS = "tokens"


@workflow.defn(name="streams")
class StreamsWorkflow:
    @workflow.init
    def __init__(self, content: str) -> None:  # noqa: ARG002 -- Temporal hands it over
        self._stream = WorkflowStream()

    @workflow.run
    async def run(self, content: str) -> int:
        tokens: int = await workflow.execute_activity(
            STREAM,
            content,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=timedelta(seconds=4),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=0.2)),
            result_type=int,
        )
        return tokens
