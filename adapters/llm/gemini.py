"""Gemini through google-genai, at Google's own API or at Vertex AI. It keeps no responses."""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx2
import orjson
from google import genai
from google.genai import errors, types

from adapters.llm.failure import BROKEN, from_exception, from_status
from adapters.llm.patience import Patience, Silence
from models.errors import ModelError, ModelGarbledError
from models.payloads.chat import (
    ChatMessage,
    ChatPart,
    ChatRequest,
    Cursor,
    ReasoningPart,
    Reply,
    Role,
    TextPart,
    ToolCall,
    Usage,
)
from models.payloads.turn import Finish

# Far above any answer: a stream without an end must not fill the memory.
MOST_CHARACTERS: Final = 2_000_000
_FINISHES: Final = {
    types.FinishReason.STOP: Finish.STOP,
    types.FinishReason.MAX_TOKENS: Finish.LENGTH,
    types.FinishReason.SAFETY: Finish.CONTENT_FILTER,
    types.FinishReason.RECITATION: Finish.CONTENT_FILTER,
    types.FinishReason.BLOCKLIST: Finish.CONTENT_FILTER,
    types.FinishReason.PROHIBITED_CONTENT: Finish.CONTENT_FILTER,
    types.FinishReason.SPII: Finish.CONTENT_FILTER,
}


def gemini_client(
    http: httpx2.AsyncClient,
    *,
    api_key: str,
    project: str = "",
    location: str = "",
    base_url: str | None = None,
) -> genai.Client:
    """With a project at Vertex AI, by the environment's credentials; else by the key. `http` waits
    for as long as it is asked to: whose patience ends is for the model to say."""
    options = types.HttpOptions(
        base_url=base_url,
        # The package's own choice, aiohttp, is used in a way that aiohttp warns of.
        httpx_async_client=http,
        # Whoever calls decides whether to ask again.
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    if project:
        return genai.Client(
            vertexai=True, project=project, location=location or "global", http_options=options
        )
    return genai.Client(vertexai=False, api_key=api_key, http_options=options)


class GeminiModel:
    resumable: bool = False

    def __init__(
        self,
        client: genai.Client,
        name: str,
        patience: Patience | None = None,
        *,
        thinking_tokens: int | None = None,
    ) -> None:
        """`thinking_tokens` bounds what it may think before it answers; None is its own choice."""
        self.name = name
        self._client = client
        self._patience = patience or Patience()
        self._thinking_tokens = thinking_tokens

    async def warm(self) -> None:
        """It connects with the first call."""

    async def stream(
        self, request: ChatRequest, resume: Cursor | None = None
    ) -> AsyncGenerator[ChatPart, None]:
        """Stream one answer, as the port says."""
        if resume is not None:
            raise ModelError("Gemini keeps no responses.", code="response_lost")
        answer = _Answer(request.model or self.name)
        silence = Silence(self._patience)
        with _translated():
            chunks = await silence.during(
                self._client.aio.models.generate_content_stream(
                    model=answer.model,
                    contents=_contents(request.messages),
                    config=_config(request, self._thinking_tokens),
                )
            )
            while True:
                try:
                    chunk = await silence.during(anext(chunks))
                except StopAsyncIteration:
                    break
                parts = list(answer.take(chunk))
                if parts:
                    silence.broken()
                for part in parts:
                    yield part
        yield answer.reply()

    async def cancel(self, cursor: Cursor) -> None:
        """Nothing is kept, so nothing is to be stopped."""


class _Answer:
    """What came of an answer so far."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._texts: list[str] = []
        self._size = 0
        self._calls: list[ToolCall] = []
        self._finish: Finish | None = None
        self._usage = Usage()

    def take(self, chunk: types.GenerateContentResponse) -> Iterator[ChatPart]:
        if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason is not None:
            self._finish = Finish.CONTENT_FILTER
        if (used := chunk.usage_metadata) is not None:
            self._usage = Usage(
                input_tokens=used.prompt_token_count or 0,
                output_tokens=(used.candidates_token_count or 0) + (used.thoughts_token_count or 0),
                cached_tokens=used.cached_content_token_count or 0,
            )
        for candidate in (chunk.candidates or [])[:1]:
            for part in (candidate.content.parts if candidate.content else None) or []:
                yield from self._part(part)
            if candidate.finish_reason is not None:
                self._finish = _FINISHES.get(candidate.finish_reason)
                if self._finish is None:
                    raise ModelGarbledError("Gemini broke its answer off.")

    def _part(self, part: types.Part) -> Iterator[ChatPart]:
        if part.function_call is not None:
            call = part.function_call
            arguments = orjson.dumps(call.args or {}).decode()
            name = call.name or ""
            self._calls.append(
                ToolCall(
                    call_id=call.id or f"{name}-{len(self._calls)}", name=name, arguments=arguments
                )
            )
        elif part.text:
            self._size += len(part.text)
            if self._size > MOST_CHARACTERS:
                raise ModelGarbledError("The model's answer has no end.")
            if part.thought:
                yield ReasoningPart(text=part.text)
            else:
                self._texts.append(part.text)
                yield TextPart(text=part.text)

    def reply(self) -> Reply:
        if self._finish is None:
            raise ModelGarbledError("The model's stream ended before its answer did.")
        calls = tuple(self._calls)
        finish = Finish.TOOL_CALLS if calls and self._finish is Finish.STOP else self._finish
        return Reply(
            text="".join(self._texts),
            calls=calls if finish is Finish.TOOL_CALLS else (),
            finish=finish,
            usage=self._usage,
            model=self.model,
        )


def _config(request: ChatRequest, thinking_tokens: int | None) -> types.GenerateContentConfig:
    declarations = [
        types.FunctionDeclaration(
            name=tool.name, description=tool.description, parameters_json_schema=tool.parameters
        )
        for tool in request.tools
    ]
    return types.GenerateContentConfig(
        system_instruction=request.instructions or None,
        temperature=request.temperature,
        max_output_tokens=request.output_tokens,
        response_mime_type="application/json" if request.json_schema else None,
        response_json_schema=request.json_schema,
        tools=[types.Tool(function_declarations=declarations)] if declarations else None,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        thinking_config=(
            None
            if thinking_tokens is None
            else types.ThinkingConfig(thinking_budget=thinking_tokens)
        ),
    )


def _contents(messages: Sequence[ChatMessage]) -> list[types.Content]:
    """A result goes by its function's name, which stands at the call."""
    names = {call.call_id: call.name for message in messages for call in message.calls}
    return [_content(message, names) for message in messages]


def _content(message: ChatMessage, names: Mapping[str, str]) -> types.Content:
    if message.role is Role.TOOL:
        answer = types.FunctionResponse(
            name=names.get(message.call_id or "", "tool"), response={"result": message.content}
        )
        return types.Content(role="user", parts=[types.Part(function_response=answer)])
    parts = [types.Part(text=message.content)] if message.content else []
    parts += [
        types.Part(
            function_call=types.FunctionCall(name=call.name, args=_arguments(call.arguments))
        )
        for call in message.calls
    ]
    role = "model" if message.role is Role.ASSISTANT else "user"
    return types.Content(role=role, parts=parts or [types.Part(text=" ")])


def _arguments(text: str) -> dict[str, Any]:
    """Calls that did not parse stay in the conversation, with what was wrong as their result."""
    try:
        arguments = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {"text": text}
    return arguments if isinstance(arguments, dict) else {"value": arguments}


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the library raises into ModelError."""
    try:
        yield
    except errors.APIError as error:
        headers = getattr(error.response, "headers", None) or {}
        body = orjson.dumps(error.details, default=str)
        raise from_status(error.code or 500, headers, body) from error
    except BROKEN as error:
        raise from_exception(error) from error
    except (errors.UnknownApiResponseError, ValueError) as error:
        raise ModelGarbledError("Gemini's answer cannot be read.") from error
