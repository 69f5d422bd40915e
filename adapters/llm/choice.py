"""The chat model that the settings name."""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import httpx2

from adapters.llm.chat_completions import ChatCompletionsModel
from adapters.llm.connection import Server, client_for
from adapters.llm.patience import Patience
from adapters.llm.responses import ResponsesModel

if TYPE_CHECKING:
    from adapters.llm.gemini import GeminiModel


class ModelChoice(Server, Protocol):
    """What the settings say of one model."""

    @property
    def name(self) -> str: ...
    @property
    def first_token(self) -> timedelta: ...
    @property
    def between_tokens(self) -> timedelta: ...
    @property
    def project(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def thinking_tokens(self) -> int | None: ...


def chat_model(
    choice: ModelChoice, stack: AsyncExitStack
) -> "ResponsesModel | ChatCompletionsModel | GeminiModel":
    """Connect to it; the stack closes it."""
    patience = Patience(
        first_token=choice.first_token.total_seconds(),
        between_tokens=choice.between_tokens.total_seconds(),
    )
    if choice.provider == "gemini":
        return _gemini(choice, patience, stack)
    client = client_for(choice, stack)
    if choice.provider == "azure":
        return ChatCompletionsModel(
            client, choice.name, patience, limit_field="max_completion_tokens"
        )
    if choice.provider == "chat":
        return ChatCompletionsModel(client, choice.name, patience)
    return ResponsesModel(client, choice.name, patience)


def _gemini(choice: ModelChoice, patience: Patience, stack: AsyncExitStack) -> "GeminiModel":
    from adapters.llm.gemini import GeminiModel, gemini_client  # noqa: PLC0415 -- 1 s to import

    http = httpx2.AsyncClient(timeout=None)
    stack.push_async_callback(http.aclose)
    client = gemini_client(
        http,
        api_key=choice.api_key.get_secret_value(),
        project=choice.project,
        location=choice.location,
        base_url=choice.base_url,
    )
    return GeminiModel(client, choice.name, patience, thinking_tokens=choice.thinking_tokens)
