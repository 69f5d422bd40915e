"""The server that the tests and `make run` stand on."""

import asyncio
import random
from datetime import timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from local.stack import Stack
from local.temporal import NAMESPACE
from tests.waiting import until

CALLS = 3_000  # the driver that the server names itself was stuck for good five times of five
AT_ONCE = 24
PATIENCE = (0.2, 6.0)  # milliseconds: some calls are given up while their rows are read


async def describe(temporal: Client, patience: timedelta) -> RPCStatusCode:
    """Read the namespace from the database, or give up."""
    request = DescribeNamespaceRequest(namespace=NAMESPACE)
    try:
        await temporal.workflow_service.describe_namespace(request, retry=False, timeout=patience)
    except RPCError as error:
        return error.status
    return RPCStatusCode.OK


async def test_calls_that_are_given_up_leave_the_server_answering(stack: Stack) -> None:
    temporal = await Client.connect(stack.temporal_address)
    chance = random.Random(47)  # noqa: S311 - draws how long to wait

    async def some() -> list[RPCStatusCode]:
        waits = [timedelta(milliseconds=chance.uniform(*PATIENCE)) for _ in range(CALLS // AT_ONCE)]
        return [await describe(temporal, wait) for wait in waits]

    ends = [end for ends in await asyncio.gather(*(some() for _ in range(AT_ONCE))) for end in ends]
    assert ends.count(RPCStatusCode.CANCELLED) > CALLS / 10

    async def answers() -> bool:  # not at once: the server has a limit of calls per second
        return await describe(temporal, timedelta(seconds=5)) == RPCStatusCode.OK

    await until(answers, seconds=30)
