"""What runs cost Temporal, read from their histories: `python -m bench.histories address id…`.

A program of its own: a client of Temporal in the measuring process would take its CPU, and may
spoil its exit code.
"""

import asyncio
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowHistory

# The very counter that `make test` asserts the budgets with.
from tests.budgets.counting import cost


@dataclass(frozen=True)
class Spending:
    """Of one run."""

    actions: int
    events: int
    kilobytes: float
    transitions: int
    """Writes of the run's state, each inside its history shard's lock."""
    workflow_tasks: int
    activities: int


async def spending(handle: WorkflowHandle[object, object]) -> Spending:
    history: WorkflowHistory = await handle.fetch_history()
    described = await handle.describe()
    kinds = Counter(event.event_type for event in history.events)
    found = cost(history)
    return Spending(
        actions=found.actions,
        events=found.events,
        kilobytes=found.size / 1_000,
        transitions=described.raw_description.workflow_execution_info.state_transition_count,
        workflow_tasks=kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED],
        activities=kinds[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED],
    )


async def main() -> None:
    address, *ids = sys.argv[1:]
    client = await Client.connect(address)
    found = [asdict(await spending(client.get_workflow_handle(one))) for one in ids]
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
