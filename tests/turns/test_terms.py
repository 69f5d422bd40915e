"""What a caller sets for one turn, as the model is asked."""

from collections.abc import AsyncGenerator

from domain.catalogue import DIRECT
from domain.ports.model import ChatModel
from domain.terms import agreed, closed
from local.stack import Stack
from models.payloads.agent import Open, Terms
from models.payloads.chat import ChatPart, ChatRequest, Cursor
from tests.turns.lab import lab

TERMS = Terms(temperature=0.25, output_tokens=50, instructions="Say <b> in French.")


class Listening:
    """The real model, and what it was asked."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.name, self.resumable = model.name, model.resumable
        self.asked: list[ChatRequest] = []

    def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        self.asked.append(request)
        return self._model.stream(request, resume)

    async def cancel(self, cursor: Cursor) -> None:
        await self._model.cancel(cursor)


async def test_terms_reach_the_model_of_that_turn_alone(stack: Stack) -> None:
    listening: list[Listening] = []

    def around(model: ChatModel) -> ChatModel:
        listening.append(Listening(model))
        return listening[0]

    async with lab(stack, around=around) as here:
        message = here.message("@offline tokens=3")
        agent = message.agent.model_copy(update={"terms": TERMS})
        sent = await here.deliver(message.model_copy(update={"agent": agent}))
        await here.ended(sent.turn_id)
        await here.answer("@offline tokens=3")
    first, second = listening[0].asked
    assert (first.temperature, first.output_tokens) == (0.25, 50)
    assert first.instructions.startswith(DIRECT.instructions)
    assert "<caller>Say &lt;b&gt; in French.</caller>" in first.instructions
    assert second.instructions == DIRECT.instructions
    assert second.temperature == DIRECT.temperature


def test_what_an_agent_does_not_leave_open_stays() -> None:
    shut = DIRECT.model_copy(update={"open_parameters": (), "temperature": 0.5})
    assert closed(shut, TERMS) is Open.INSTRUCTIONS
    assert closed(shut, Terms(temperature=0.5)) is None
    assert agreed(shut, TERMS) == shut
    assert agreed(DIRECT, None) is DIRECT


def test_a_caller_never_gets_more_than_the_agent_has() -> None:
    greedy = Terms(output_tokens=10**6)
    assert agreed(DIRECT, greedy).output_tokens == DIRECT.output_tokens
