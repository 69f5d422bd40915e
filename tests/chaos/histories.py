"""I5: every history of the run replays on today's code."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from local.temporal import NAMESPACE
from tests.chaos.versions import versions_of
from tests.chaos.violation import Violation
from worker import workflow_runner
from workflows.agent_run import AgentRunWorkflow
from workflows.ingestion import IngestionWorkflow
from workflows.post_session import PostSessionWorkflow
from workflows.turn import TurnWorkflow

WORKFLOWS = [TurnWorkflow, AgentRunWorkflow, PostSessionWorkflow, IngestionWorkflow]


# The version that row 19 plants: its runs must not replay on today's code.
OTHER_CODE = "other-code"

# Some 20 ms each on an idle core, and a short selection leaves about a thousand.
REPLAY_SECONDS = 180.0


async def replayed(address: str, since: datetime) -> tuple[int, list[Violation]]:
    """Replay, in the sandbox, everything that was started since; how many, and what failed."""
    client = await Client.connect(
        address, namespace=NAMESPACE, data_converter=pydantic_data_converter
    )
    found = [one async for one in _histories(client, since)]
    # A replay that is stuck cannot be cancelled: it is left behind, and reported.
    replaying = asyncio.create_task(_replayed(found))
    done, _ = await asyncio.wait({replaying}, timeout=REPLAY_SECONDS)
    if not done:
        stuck = Violation("I5", f"{len(found)} runs", f"not replayed in {REPLAY_SECONDS:g} s")
        return len(found), [stuck]
    return len(found), replaying.result()


async def _histories(client: Client, since: datetime) -> AsyncIterator[WorkflowHistory]:
    started = since.isoformat(timespec="seconds").replace("+00:00", "Z")
    async for one in client.list_workflows(f'StartTime >= "{started}"'):
        history = await client.get_workflow_handle(one.id, run_id=one.run_id).fetch_history()
        if _decided_something(history) and OTHER_CODE not in versions_of(history):
            yield history


def _decided_something(history: WorkflowHistory) -> bool:
    """A run in its start delay has nothing to replay, and the replayer waits for it for ever."""
    decided = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    return any(event.event_type == decided for event in history.events)


async def _replayed(found: list[WorkflowHistory]) -> list[Violation]:
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=workflow_runner(),
        data_converter=pydantic_data_converter,
    )

    async def histories() -> AsyncIterator[WorkflowHistory]:
        for history in found:
            yield history

    results = await replayer.replay_workflows(histories(), raise_on_replay_failure=False)
    return [
        Violation("I5", f"run {run_id}", f"does not replay: {failure}")
        for run_id, failure in results.replay_failures.items()
    ]
