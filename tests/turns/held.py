"""A model whose answer does not end before the test lets it: its turn is under way for as long as
that takes, however slow the machine is."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from domain.ports.model import ChatModel
from models.payloads.chat import ChatPart, ChatRequest, Cursor, Reply

HELD = "Hold this one."
"""What a message says whose answer is held."""


class Held:
    """For `lab(around=…)`: streams as the model does, and keeps the end of held answers back."""

    def __init__(self) -> None:
        self.release = asyncio.Event()

    def around(self, model: ChatModel) -> ChatModel:
        return _Holding(model, self.release)


class _Holding:
    def __init__(self, model: ChatModel, release: asyncio.Event) -> None:
        self.name = model.name
        self.resumable = model.resumable
        self._model = model
        self._release = release

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        async with aclosing(self._model.stream(request, resume)) as parts:
            async for part in parts:
                if isinstance(part, Reply) and HELD in request.messages[-1].content:
                    await self._release.wait()
                yield part

    async def cancel(self, cursor: Cursor) -> None:
        await self._model.cancel(cursor)
