"""A workflow with one activity: the least that a durable turn is made of."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

STREAM = "stream"


@dataclass
class Turn:
    content: str
    channel: str
    turn: str


@workflow.defn(name="bare")
class BareWorkflow:
    @workflow.run
    async def run(self, turn: Turn) -> int:
        tokens: int = await workflow.execute_activity(
            STREAM,
            turn,
            start_to_close_timeout=timedelta(minutes=5),
            # As ours: the SDK's throttled heartbeats, a first retry after 0.2 s.
            heartbeat_timeout=timedelta(seconds=4),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=0.2)),
            result_type=int,
        )
        return tokens
