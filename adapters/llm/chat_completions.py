"""Models behind Chat Completions: llama.cpp, vLLM, Azure and whatever else speaks it."""

from collections.abc import AsyncGenerator
from typing import Final

from openai import AsyncOpenAI

from adapters.llm.chat_wire import Answer, body_of
from adapters.llm.connection import post, warm
from adapters.llm.patience import Patience
from adapters.llm.streaming import opened
from models.errors import ModelError
from models.payloads.chat import ChatPart, ChatRequest, Cursor

# The answer is whole once its finish reason came: its usage is worth this wait, no failure.
USAGE_SECONDS: Final = 2.0


class ChatCompletionsModel:
    """One server of Chat Completions. It keeps nothing, so nothing can be taken up again."""

    resumable: bool = False

    def __init__(
        self,
        client: AsyncOpenAI,
        name: str,
        patience: Patience | None = None,
        *,
        limit_field: str = "max_tokens",
        include_usage: bool = True,
    ) -> None:
        """`limit_field` is `max_completion_tokens` at OpenAI and Azure, `max_tokens` elsewhere;
        `include_usage` is False for servers that refuse `stream_options`."""
        self.name = name
        self._client = client
        self._patience = patience or Patience()
        self._limit_field = limit_field
        self._include_usage = include_usage

    async def warm(self) -> None:
        """Connect to the provider. Raises what the package raises."""
        await warm(self._client)

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        """Stream one answer, as the port says."""
        if resume is not None:
            raise ModelError("This server keeps no responses.", code="response_lost")
        answer = Answer()
        body = body_of(
            request,
            request.model or self.name,
            limit_field=self._limit_field,
            include_usage=self._include_usage,
        )
        sending = post(self._client, "/chat/completions", body, request_id=request.request_id)
        async with opened(sending, self._patience) as events:
            try:
                async for chunk in events:
                    before = answer.size
                    for part in answer.take(chunk):
                        yield part
                    if answer.size > before:
                        events.silence.broken()
                    if answer.finished:
                        events.silence.shorten(USAGE_SECONDS)
            except ModelError:
                if not answer.finished:
                    raise
            await events.drain()
        yield answer.reply(request)

    async def cancel(self, cursor: Cursor) -> None:
        """Nothing to stop: closing the stream ends the answer."""
