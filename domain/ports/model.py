"""Models behind one port, whatever they speak."""

from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum
from typing import Protocol

from models.payloads.chat import ChatPart, ChatRequest, Cursor, Usage


class ChatModel(Protocol):
    """One provider. It never retries by itself: Temporal owns retries."""

    name: str
    """The default model's name."""
    resumable: bool
    """The provider keeps responses: `stream` can take one up again by its cursor."""

    def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        """Stream one answer; its last part is the Reply. Raises ModelError and nothing else.

        With `resume`, continue the response at that cursor without a new model call;
        ModelError(code="response_lost") when the provider has it no more. Closing the iterator
        early frees the connection and does not cancel a background response.
        """

    async def cancel(self, cursor: Cursor) -> None:
        """Stop a kept response. Best effort: never raises."""


class Purpose(StrEnum):
    """Some models embed what is asked and what is found differently."""

    DOCUMENT = "document"
    QUERY = "query"


class Embedder(Protocol):
    """Texts to vectors of `dimension` numbers, unit length. Never retries."""

    name: str
    dimension: int
    batch: int
    """Texts per call at most."""
    tokens: int
    """Tokens per call at most, as `domain.tokens` counts; a text that has more goes alone."""

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT
    ) -> tuple[list[list[float]], Usage]:
        """Give one vector a text, in order. Raises ModelError; wrong counts, dimensions and
        NaN are ModelGarbledError."""
