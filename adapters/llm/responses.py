"""Models behind the Responses API: an answer that its provider keeps outlives our process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Final
from urllib.parse import quote

import httpx2
import structlog
from openai import AsyncOpenAI

from adapters.llm.connection import get, post, warm
from adapters.llm.failure import NOT_FOUND, from_error, translated
from adapters.llm.patience import Patience, Silence
from adapters.llm.responses_wire import Json, body_of, reply_of
from adapters.llm.streaming import EventStream, opened, read_json
from adapters.llm.text import Length
from models.errors import ModelError, ModelGarbledError, ModelRefusedError
from models.payloads.chat import (
    ChatPart,
    ChatRequest,
    Cursor,
    ReasoningPart,
    Reply,
    ResponseStarted,
    TextPart,
)

LOG = structlog.get_logger(__name__)

# A stop must not wait for the provider; what it then writes on is its own loss.
CANCEL_SECONDS: Final = 2.0
DELETE_SECONDS: Final = 10.0
LOOKUP_SECONDS: Final = 5.0

TEXT = frozenset({"response.output_text.delta", "response.refusal.delta"})
REASONING = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})
FINAL = frozenset(
    {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}
)
# Of text, of arguments, of reasoning: what else comes frames them, often long before.
TOKENS = ".delta"


class ResponsesModel:
    """One provider of the Responses API. Never retries."""

    resumable: bool = True

    def __init__(self, client: AsyncOpenAI, name: str, patience: Patience | None = None) -> None:
        self.name = name
        self._client = client
        self._patience = patience or Patience()

    async def warm(self) -> None:
        """Connect to the provider. Raises what the package raises."""
        await warm(self._client)

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        """Stream one answer, as the port says. Cursors come only with `background`."""
        reading = _Reading(request, resume)
        async with self._opened(request, resume) as events:
            async for event in events:
                part = reading.part(event, events)
                if part is not None:
                    yield part
                if reading.ended:
                    await events.drain()
                    yield _kept_reply(event, request, resume)
                    return
        cancelled = await self._cancelled(reading.response_id)
        if cancelled is None:
            raise ModelGarbledError("The model's stream ended before its answer did.")
        yield reply_of({"response": cancelled}, request)

    def _opened(
        self, request: ChatRequest, resume: Cursor | None
    ) -> AbstractAsyncContextManager[EventStream]:
        if resume is not None:
            return opened(self._taken_up(resume), self._patience)
        body = body_of(request, request.model or self.name)
        sending = post(self._client, "/responses", body, request_id=request.request_id)
        return opened(sending, self._patience)

    async def _taken_up(self, cursor: Cursor) -> httpx2.Response:
        query = {"stream": "true", "starting_after": cursor.sequence}
        try:
            return await get(self._client, _path(cursor.response_id), query)
        except ModelRefusedError as error:
            if error.code not in {NOT_FOUND, ModelRefusedError.code}:
                raise
            # Gone, or (400) never kept as a stream: either way nothing will come.
            raise ModelError(
                "The provider no longer has the response.", code="response_lost"
            ) from error

    async def _cancelled(self, response_id: str) -> Json | None:
        """The response, when its stream stopped because it was cancelled: no event says so."""
        if not response_id:
            return None
        silence = Silence(Patience(first_token=LOOKUP_SECONDS))
        try:
            kept = await silence.during(self._looked_up(response_id))
        except ModelError as error:
            # The stream's own failure is what counts: the next attempt finds out for itself.
            LOG.warning("model.lookup_failed", response_id=response_id[:80], error=error.code)
            return None
        return kept if kept.get("status") == "cancelled" else None

    async def _looked_up(self, response_id: str) -> Json:
        with translated():
            return await read_json(await get(self._client, _path(response_id), {}))

    async def cancel(self, cursor: Cursor) -> None:
        """Stop a kept response. Best effort: within 2 s, and it never raises."""
        path = f"{_path(cursor.response_id)}/cancel"
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                with translated():
                    await (await post(self._client, path, {})).aclose()
        except (ModelError, TimeoutError) as error:
            code = error.code if isinstance(error, ModelError) else "timeout"
            LOG.warning("model.cancel_failed", response_id=cursor.response_id[:80], error=code)

    async def delete(self, response_id: str) -> None:
        """Erase a kept response; one that is gone is fine. Raises ModelError."""
        try:
            async with asyncio.timeout(DELETE_SECONDS):
                with translated():
                    await self._client.delete(_path(response_id), cast_to=httpx2.Response)
        except TimeoutError as error:
            raise ModelError("The provider did not erase in time.", retryable=True) from error
        except ModelRefusedError as error:
            if error.code != NOT_FOUND:
                raise


def _kept_reply(event: Json, request: ChatRequest, resume: Cursor | None) -> Reply:
    """A kept response that failed says so each time it is taken up: it leads nowhere."""
    try:
        return reply_of(event, request)
    except ModelError as error:
        if resume is not None and error.retryable:
            raise ModelError("The kept response has failed.", code="response_lost") from error
        raise


class _Reading:
    """Where one attempt stands in the provider's events."""

    def __init__(self, request: ChatRequest, resume: Cursor | None) -> None:
        self.ended = False
        self._keeps = request.background or resume is not None
        self.response_id = resume.response_id if resume else ""
        self._sequence = resume.sequence if resume else -1
        self._length = Length()

    def part(self, event: Json, events: EventStream) -> ChatPart | None:
        kind = event.get("type")
        if kind == "error" or not isinstance(kind, str):
            raise from_error(event.get("error", event))
        if kind in REASONING or _begins_reasoning(kind, event):
            events.silence.began_again()
        elif kind.endswith(TOKENS):
            events.silence.broken()
        if kind in FINAL:
            self.ended = True
            return None
        number = event.get("sequence_number")
        if isinstance(number, int):
            if number <= self._sequence:
                return None
            self._sequence = number
        if kind in TEXT:
            return TextPart(text=self._length.take(event.get("delta")), cursor=self._cursor())
        if kind in REASONING:
            return ReasoningPart(text=self._length.take(event.get("delta")), cursor=self._cursor())
        return self._started(event) if kind == "response.created" else None

    def _started(self, event: Json) -> ResponseStarted | None:
        response = event.get("response")
        response_id = response.get("id") if isinstance(response, dict) else None
        if not self._keeps or not isinstance(response_id, str) or not response_id:
            return None
        self.response_id = response_id
        cursor = self._cursor()
        return None if cursor is None else ResponseStarted(cursor=cursor)

    def _cursor(self) -> Cursor | None:
        """None when there is nothing to come back to."""
        if not self.response_id or self._sequence < 0:
            return None
        return Cursor(response_id=self.response_id, sequence=self._sequence)


def _begins_reasoning(kind: str, event: Json) -> bool:
    if kind != "response.output_item.added":
        return False
    item = event.get("item")
    return isinstance(item, dict) and item.get("type") == "reasoning"


def _path(response_id: str) -> str:
    return f"/responses/{quote(response_id, safe='')}"
