"""Ask Temporal about itself; runs as a process of its own.

The client's runtime may crash at exit, which must not become our exit code, and its import must
not hold up the other checks.
"""

import asyncio
import json
import sys
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from models.names import DOCUMENTS_QUEUE, SEARCH_ATTRIBUTES, TURNS_QUEUE

CALL = timedelta(seconds=3)
QUEUES = (TURNS_QUEUE, DOCUMENTS_QUEUE)


async def look(address: str, namespace: str) -> dict[str, object]:
    """What the server says of itself: `error`, or `missing` attributes and `idle` queues."""
    try:
        client = await Client.connect(address, namespace=namespace)
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=namespace), timeout=CALL
        )
        idle = [queue for queue in QUEUES if not await _polled(client, namespace, queue)]
    except (RuntimeError, RPCError) as error:
        return {"error": str(error).splitlines()[0] if str(error) else type(error).__name__}
    missing = [name for name in SEARCH_ATTRIBUTES if name not in known.custom_attributes]
    return {"missing": missing, "idle": idle}


async def _polled(client: Client, namespace: str, queue: str) -> bool:
    """Whether a worker has asked for its activities of late."""
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        ),
        timeout=CALL,
    )
    return len(described.pollers) > 0


if __name__ == "__main__":
    print(json.dumps(asyncio.run(look(sys.argv[1], sys.argv[2]))), flush=True)
