"""A hand on the model's answers to summaries; turns go to the real model as they are."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from domain.ports.model import ChatModel
from models.errors import ModelError
from models.payloads.chat import ChatPart, ChatRequest, Cursor, Reply


class Summaries:
    """Its `answers` come first, each once: a text instead of the model's, or an error. `asked`
    holds the requests. With `held`, a summary waits for `release` before it is asked for."""

    def __init__(self, answers: Sequence[str | ModelError] = (), *, held: bool = False) -> None:
        self.asked: list[ChatRequest] = []
        self.begun = asyncio.Event()
        self.release = asyncio.Event()
        self._answers = list(answers)
        if not held:
            self.release.set()

    def around(self, model: ChatModel) -> ChatModel:
        return _Model(model, self)

    async def answer(self, request: ChatRequest) -> str | None:
        """None: the model's own."""
        self.asked.append(request)
        self.begun.set()
        await self.release.wait()
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, ModelError):
            raise answer
        return answer


class _Model:
    def __init__(self, model: ChatModel, summaries: Summaries) -> None:
        self.name = model.name
        self.resumable = model.resumable
        self._model = model
        self._summaries = summaries

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        text = None
        if request.json_schema is not None:
            text = await self._summaries.answer(request)
        async for part in self._model.stream(request, resume):
            if text is not None and isinstance(part, Reply):
                yield part.model_copy(update={"text": text})
            else:
                yield part

    async def cancel(self, cursor: Cursor) -> None:
        await self._model.cancel(cursor)
