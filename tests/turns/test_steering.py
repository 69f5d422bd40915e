"""Messages that steer a turn of which its run knows nothing yet."""

import pytest

from domain.catalogue import DIRECT, ROUTER
from domain.ports.model import ChatModel
from domain.ports.transcript import ClaimedTurn
from local.stack import Stack
from models.payloads.agent import Agent, Strategy
from models.payloads.chat import ChatRequest
from models.payloads.turn import BusyPolicy, Outcome, SendStatus
from tests.turns.lab import lab
from tests.turns.test_once import QUICK
from tests.turns.test_routing import Listening
from tests.turns.threshold import Threshold, at_the_end

OPEN_MINDED = DIRECT.model_copy(update={"strategy": Strategy.AUTO})


class Claimed(Threshold):
    """A turn stands in the store, and its run has not heard of it."""

    async def _stand(self, result: object) -> None:
        match result:
            case ClaimedTurn():
                self.reached.set()
                await self.release.wait()


@pytest.mark.parametrize("agent", [ROUTER, OPEN_MINDED], ids=["who answers", "and how"])
async def test_what_steers_a_turn_while_it_is_routed_is_answered(
    stack: Stack, agent: Agent
) -> None:
    asked: list[ChatRequest] = []

    def listening(model: ChatModel) -> ChatModel:
        return Listening(model, asked)

    async with (
        lab(stack, workers=0, around=listening) as here,
        at_the_end(here, stack.database_url, committed=True, door=Claimed) as threshold,
    ):
        # A courtesy: nothing is looked up for it, so nothing comes between the route and the step.
        first = here.message("Thank you!", agent=agent)
        await here.deliver(first)
        await threshold.reached.wait()
        steering = here.message(QUICK, on_busy=BusyPolicy.STEER)
        told = await here.deliver(steering)
        assert (told.status, told.turn_id) == (SendStatus.STEERED, first.turn_id)
        threshold.release.set()
        await here.idle()
        view = await here.view(first.turn_id)
        page = await here.conversations.messages(
            here.scope, here.conversation_id, limit=50, cursor=None
        )

    assert view.outcome is Outcome.COMPLETED
    asking = {message.id: message.turn_id for message in page.items if message.role == "user"}
    assert asking == {first.message_id: first.turn_id, steering.message_id: first.turn_id}
    [answer] = [message for message in page.items if message.role == "assistant"]
    assert answer.parent_id == steering.message_id
    (request,) = asked
    assert [message.content for message in request.messages] == [first.content, steering.content]
