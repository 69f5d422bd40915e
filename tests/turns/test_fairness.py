"""A backlog of one space does not stand before another space's turn, eager activities or not."""

from dataclasses import replace
from datetime import datetime
from statistics import median_low
from uuid import uuid4

from temporalio.api.enums.v1 import EventType

from adapters.store.spaces import PostgresSpaces
from domain.ports.identity import Caller, Role
from local.stack import Stack
from models.payloads.scope import Scope
from models.payloads.turn import IncomingMessage
from queues.turns import turns_worker
from tests.turns.lab import Lab, lab

BACKLOG = 150
OTHERS = 5
SHORT = "@offline tokens=1"
# In the order of their coming all of the backlog is ahead. Fair would be one of each space in turn;
# a server given by the environment may have queues of several partitions, each of them fair by
# itself alone: with four, up to 89 were seen on a busy machine.
AHEAD = BACKLOG * 4 // 5


async def elsewhere(here: Lab) -> Lab:
    """The same lab, in another space."""
    space = uuid4()
    scope = Scope(organisation_id=here.scope.organisation_id, space_id=space)
    caller = Caller(here.user_id, scope.organisation_id, {space: Role.MEMBER}, "")
    await PostgresSpaces(here.database).mirror(caller, scope)
    return replace(here, scope=scope)


async def waiting(here: Lab) -> tuple[Lab, IncomingMessage]:
    """A turn that waits for a worker."""
    one = await here.beside()
    message = one.message(SHORT)
    await one.deliver_by_signal(message)
    return one, message


async def begun(here: Lab) -> datetime:
    """When a worker first took the conversation's run up, by the server's clock."""
    history = await here.handle.fetch_history()
    first = next(
        event
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
    )
    return first.event_time.ToDatetime()


async def test_a_turn_does_not_wait_behind_another_spaces_backlog(stack: Stack) -> None:
    async with lab(stack, workers=0) as here:
        noisy = [await waiting(here) for _ in range(BACKLOG)]
        there = await elsewhere(here)
        quiet = [await waiting(there) for _ in range(OTHERS)]
        # They came last: without fairness they are served last.
        async with turns_worker(here.client, here.adapters, here.queue):
            for one, message in [*noisy, *quiet]:
                await one.ended(message.turn_id, at_most=120.0)
        # The one in the middle: a partition of the queue that few polls meet is late with its own.
        usual = median_low([await begun(one) for one, _ in quiet])
        before = [await begun(one) < usual for one, _ in noisy]
        assert sum(before) < AHEAD
