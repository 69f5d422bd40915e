"""Ask Temporal about itself; runs as a process of its own.

The client's runtime may crash at exit, which must not become our exit code, and its import must
not hold up the other checks.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    PollActivityTaskQueueRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from cli.checks.engine import Looked
from models.names import DOCUMENTS_QUEUE, SEARCH_ATTRIBUTES, TURNS_QUEUE, fetching_queue

CALL = timedelta(seconds=3)
QUEUES = (TURNS_QUEUE, DOCUMENTS_QUEUE, fetching_queue())
# A long poll lasts 60 s: a worker with nothing to do asks again by then. Temporal lists those
# that are gone for minutes more.
QUIET = timedelta(seconds=70)
# Of either kind: a worker whose activity slots are all taken goes on asking for workflows.
KINDS = (
    TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
)
# Nothing is ever sent to it: the poll of it is what Temporal dates by its own clock.
CLOCK_QUEUE = "holdfast-doctor"
# The server wants 2 s at least, and answers about 2 s before a poll's limit.
CLOCK_POLL = timedelta(seconds=3)


async def look(
    address: str,
    namespace: str,
    *,
    queues: Iterable[str] = QUEUES,
    quiet: timedelta = QUIET,
    ours: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Looked:
    """Ask the server; a queue that nobody has polled for longer than `quiet` is idle, by the
    server's clock where it tells, else by `ours`."""
    try:
        client = await Client.connect(address, namespace=namespace)
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=namespace), timeout=CALL
        )
        polled = {queue: await _last_polled(client, queue) for queue in queues}
        now = await _server_time(client) or ours()
    except (RuntimeError, RPCError) as error:
        return {"error": str(error).splitlines()[0] if str(error) else type(error).__name__}
    missing = [name for name in SEARCH_ATTRIBUTES if name not in known.custom_attributes]
    idle = {
        queue: None if at is None else (now - at).total_seconds()
        for queue, at in polled.items()
        if at is None or now - at > quiet
    }
    return {"missing": missing, "idle": idle}


async def _last_polled(client: Client, queue: str) -> datetime | None:
    """When a worker last asked for its work; None when the server remembers none."""
    pollers = [poller for kind in KINDS for poller in await _pollers(client, queue, kind)]
    return max(map(_asked_at, pollers), default=None)


async def _pollers(
    client: Client, queue: str, kind: TaskQueueType.ValueType
) -> Iterable[PollerInfo]:
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        ),
        timeout=CALL,
    )
    return described.pollers


def _asked_at(poller: PollerInfo) -> datetime:
    return poller.last_access_time.ToDatetime(UTC)


async def _server_time(client: Client) -> datetime | None:
    """By the server's clock; None where it lets us poll nothing."""
    identity = f"doctor-{uuid4()}"
    request = PollActivityTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=CLOCK_QUEUE), identity=identity
    )
    # Noted all the same when it runs out; a refusal leaves nothing to be found below.
    with suppress(RPCError):
        await client.workflow_service.poll_activity_task_queue(request, timeout=CLOCK_POLL)
    pollers = await _pollers(client, CLOCK_QUEUE, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
    ours = (_asked_at(poller) for poller in pollers if poller.identity == identity)
    return next(ours, None)


async def _main(address: str, namespace: str) -> None:
    print(json.dumps(await look(address, namespace)), flush=True)
    # At a regular exit the client's runtime may crash, or wait for ever.
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2]))
