"""One streamed answer as JSON events, bounded in size and in silence."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2
import orjson

from adapters.llm.failure import translated
from adapters.llm.lines import LONGEST_EVENT, EventLines
from adapters.llm.patience import Patience, Silence
from models.errors import ModelError, ModelGarbledError

Json = dict[str, Any]

# After the last event the server has nothing to say but the end: waiting for it lets the
# connection be used again, and one that never ends costs this much once.
DRAIN_SECONDS = 0.1
MOST_DRAINED = 64 * 1024


class EventStream:
    """The events of one response, in order. Its reader says which of them break the silence."""

    def __init__(self, chunks: AsyncIterator[bytes], silence: Silence) -> None:
        self.silence = silence
        self._chunks = chunks
        self._lines = EventLines()
        self._waiting: deque[bytes] = deque()
        self._ended = False

    def __aiter__(self) -> "EventStream":
        return self

    async def __anext__(self) -> Json:
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._waiting.extend(await self._read())
        data = self._waiting.popleft()
        if data == b"[DONE]":
            raise StopAsyncIteration
        return _document(data)

    async def _read(self) -> list[bytes]:
        with translated():
            chunk = await self.silence.during(anext(self._chunks, None))
        if chunk is None:
            self._ended = True
            return self._lines.end()
        return self._lines.feed(chunk)

    async def drain(self) -> None:
        """Read what is left, if it is little and comes at once."""
        left = MOST_DRAINED
        with suppress(TimeoutError, ModelError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._ended and left > 0:
                    with translated():
                        chunk = await anext(self._chunks, None)
                    self._ended = chunk is None
                    left -= len(chunk or b"")


@asynccontextmanager
async def opened(
    sending: Awaitable[httpx2.Response], patience: Patience
) -> AsyncIterator[EventStream]:
    """Send, check that a stream comes back, and close its connection on every way out."""
    silence = Silence(patience)
    with translated():
        response = await silence.during(sending)
    chunks = response.aiter_raw()
    try:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "text/event-stream":
            raise ModelGarbledError(f"Asked for a stream, the provider sent {kind[:60]!r}.")
        yield EventStream(chunks, silence)
    finally:
        with translated():
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()
            await response.aclose()


async def read_json(response: httpx2.Response, limit: int = LONGEST_EVENT) -> Json:
    """A whole answer that is one JSON object of at most `limit` bytes; closes the response."""
    body = bytearray()
    try:
        with translated():
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > limit:
                    raise ModelGarbledError(f"The answer is over {limit} bytes.")
    finally:
        await response.aclose()
    return _document(bytes(body))


def _document(data: bytes) -> Json:
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ModelGarbledError("What the model's provider sent is no JSON.") from error
    if not isinstance(event, dict):
        raise ModelGarbledError("What the model's provider sent is no JSON object.")
    return event
