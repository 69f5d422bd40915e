"""A stop ends a turn as stopped, whatever becomes of the work meanwhile."""

import asyncio
from collections.abc import AsyncGenerator

from temporalio.api.enums.v1 import EventType

from domain.ports.conversations import ConversationKind
from domain.ports.model import ChatModel
from local.stack import Stack
from models.errors import ModelRefusedError
from models.payloads.chat import ChatPart, ChatRequest, Cursor, TextPart
from models.payloads.turn import Outcome
from tests.turns.lab import Lab, eventually, lab


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
        await eventually(lambda: asked_to_cancel(here))
        models[0].told.set()
        await here.ended(result.turn_id)

        assert (await here.view(result.turn_id)).outcome is Outcome.STOPPED


async def asked_to_cancel(here: Lab) -> bool:
    history = await here.handle.fetch_history()
    wanted = EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED
    return any(event.event_type == wanted for event in history.events)
