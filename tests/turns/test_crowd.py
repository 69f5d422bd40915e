"""A crowd of messages at one conversation: each is taken, or its sender is told to come again."""

import asyncio
from collections import Counter
from uuid import uuid4

from temporalio.api.enums.v1 import EventType

from domain.ports.approvals import Decision
from local.stack import Stack
from models.errors import LimitError
from models.payloads.turn import SendStatus
from tests.turns.lab import Lab, lab
from tests.turns.shapes import PUBLISH, TOOLED

CROWD = 300
ROOM = 16


async def _sent(here: Lab) -> str:
    try:
        return (await here.send("@offline tokens=1", message_id=uuid4())).status
    except LimitError as error:
        return error.code


async def test_a_crowd_is_queued_or_told_to_come_again(stack: Stack) -> None:
    async with lab(stack) as here:
        asking = await here.send(PUBLISH, agent=TOOLED)
        approval_id = await here.requested(asking.turn_id)
        said = Counter(await asyncio.gather(*(_sent(here) for _ in range(CROWD))))
        assert said[SendStatus.QUEUED] == ROOM
        assert set(said) <= {SendStatus.QUEUED, "queue_full", "conversation_crowded"}
        history = await here.handle.fetch_history()
        # Nothing was taken behind the sender's back, and refusals leave nothing behind.
        kinds = Counter(event.event_type for event in history.events)
        assert kinds[EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED] == 0
        assert kinds[EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED] == ROOM + 1
        await here.decide(approval_id, Decision.APPROVE)
        await here.idle()
        ends = [one for one in await here.whole_log() if one.event.kind == "turn.completed"]
        assert len(ends) == ROOM + 1
