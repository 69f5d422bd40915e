"""A stop ends a turn as stopped, whatever becomes of the work meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
from temporalio.api.enums.v1 import EventType

from domain.ports.conversations import ConversationKind
from domain.ports.model import ChatModel
from local.stack import Stack
from models.errors import ModelRefusedError
from models.payloads.chat import ChatPart, ChatRequest, Cursor, TextPart
from models.payloads.turn import Outcome
from tests.api.real import serving, signed_in
from tests.turns.lab import Lab, lab
from tests.turns.test_once import QUICK
from tests.turns.threshold import at_the_end
from tests.waiting import until


class RefusesWhenTold:
    """Says nothing, and fails for good at a moment of the test's choosing."""

    resumable = False

    def __init__(self, model: ChatModel) -> None:
        self.name = model.name
        self.asked = asyncio.Event()
        self.told = asyncio.Event()

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        self.asked.set()
        await self.told.wait()
        if not self.resumable:
            raise ModelRefusedError("Not now.")
        yield TextPart(text="")

    async def cancel(self, cursor: Cursor) -> None:
        """There is nothing to cancel."""


async def test_work_that_fails_under_a_stop_leaves_the_turn_stopped(stack: Stack) -> None:
    models: list[RefusesWhenTold] = []

    def refusing(model: ChatModel) -> ChatModel:
        models.append(RefusesWhenTold(model))
        return models[0]

    async with lab(stack, around=refusing) as here:
        result = await here.send("Hello")
        await models[0].asked.wait()
        # The durable path alone: the run knows, and the activity is to hear of it seconds later.
        await here.engine.stop(here.log, ConversationKind.CHAT, result.turn_id)
        await until(lambda: asked_to_cancel(here))
        models[0].told.set()
        await here.ended(result.turn_id)

        assert (await here.view(result.turn_id)).outcome is Outcome.STOPPED


async def asked_to_cancel(here: Lab) -> bool:
    history = await here.handle.fetch_history()
    wanted = EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED
    return any(event.event_type == wanted for event in history.events)


async def test_a_copy_of_a_message_stops_no_turn_but_that_which_it_stopped_before(
    stack: Stack, tmp_path: Path
) -> None:
    async with (
        lab(stack, workers=0) as here,
        serving(stack, tmp_path, tmp_path, here.queue) as address,
        at_the_end(here, stack.database_url, committed=True) as threshold,
        httpx2.AsyncClient(base_url=address, timeout=60) as client,
    ):
        url = f"/v1/conversations/{here.conversation_id}/messages"
        headers = signed_in(here.scope.organisation_id, here.scope.space_id)

        async def send(message_id: UUID, text: str) -> UUID:
            body = {"id": str(message_id), "content": text, "on_busy": "interrupt"}
            answer = await client.post(url, json=body, headers=headers)
            assert answer.status_code == 202, answer.text
            return UUID(answer.json()["turn_id"])

        first = await send(uuid4(), QUICK)
        await threshold.reached.wait()
        copied = uuid4()
        last = await send(copied, QUICK)
        between = await send(uuid4(), "@offline tokens=80 gap_ms=25")
        threshold.release.set()
        await here.until(between, "text.delta")
        assert await send(copied, QUICK) == last
        await here.ended(last)
        await here.idle()

        ended = [(await here.view(turn_id)).outcome for turn_id in (first, between, last)]
        assert ended == [Outcome.COMPLETED] * 3
