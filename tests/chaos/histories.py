"""I5: every history of the run replays on today's code."""

from collections.abc import AsyncIterator
from datetime import datetime

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from local.temporal import NAMESPACE
from tests.chaos.violation import Violation
from worker import workflow_runner
from workflows.agent_run import AgentRunWorkflow
from workflows.ingestion import IngestionWorkflow
from workflows.post_session import PostSessionWorkflow
from workflows.turn import TurnWorkflow

WORKFLOWS = [TurnWorkflow, AgentRunWorkflow, PostSessionWorkflow, IngestionWorkflow]


async def replayed(address: str, since: datetime) -> tuple[int, list[Violation]]:
    """Replay, in the sandbox, everything that was started since; how many, and what failed."""
    client = await Client.connect(
        address, namespace=NAMESPACE, data_converter=pydantic_data_converter
    )
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=workflow_runner(),
        data_converter=pydantic_data_converter,
    )
    count = 0

    async def histories() -> AsyncIterator[WorkflowHistory]:
        nonlocal count
        started = since.isoformat(timespec="seconds").replace("+00:00", "Z")
        async for found in client.list_workflows(f'StartTime >= "{started}"'):
            handle = client.get_workflow_handle(found.id, run_id=found.run_id)
            count += 1
            yield await handle.fetch_history()

    results = await replayer.replay_workflows(histories(), raise_on_replay_failure=False)
    violations = [
        Violation("I5", f"run {run_id}", f"does not replay: {failure}")
        for run_id, failure in results.replay_failures.items()
    ]
    return count, violations
