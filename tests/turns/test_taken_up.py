"""An answer that its provider keeps is taken up again, also when the provider was away."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from domain.ports.model import ChatModel
from local.stack import Stack
from models.errors import ModelUnavailableError
from models.payloads.chat import ChatPart, ChatRequest, Cursor, TextPart
from models.payloads.turn import Outcome
from tests.turns.lab import lab
from tests.turns.shapes import kinds

TOKENS = 12
REFUSED = 3


class AwayForAWhile:
    """The real model, whose connection breaks in mid-answer and is refused a few times after."""

    resumable = True

    def __init__(self, model: ChatModel) -> None:
        self.name = model.name
        self.asked = 0
        self.refused = 0
        self._model = model

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        if resume is None:
            self.asked += 1
        elif self.refused < REFUSED:
            self.refused += 1
            raise ModelUnavailableError("Not now.")
        heard = 0
        async with aclosing(self._model.stream(request, resume)) as parts:
            async for part in parts:
                yield part
                heard += isinstance(part, TextPart)
                if resume is None and heard == TOKENS // 2:
                    raise ModelUnavailableError("The connection broke.")

    async def cancel(self, cursor: Cursor) -> None:
        raise AssertionError(f"nothing is to be cancelled: {cursor.response_id}")


async def test_a_kept_answer_outlasts_a_moment_without_its_provider(stack: Stack) -> None:
    models: list[AwayForAWhile] = []

    def around(model: ChatModel) -> ChatModel:
        models.append(AwayForAWhile(model))
        return models[0]

    async with lab(stack, around=around) as here:
        result = await here.send(f"@offline tokens={TOKENS} gap_ms=10")
        seen = await here.ended(result.turn_id)

        assert (await here.view(result.turn_id)).outcome is Outcome.COMPLETED
        assert "attempt.superseded" not in kinds(seen)
    assert (models[0].asked, models[0].refused) == (1, REFUSED)
