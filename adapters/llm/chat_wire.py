"""Chat Completions JSON: a request of ours written, an answer gathered from its chunks."""

from typing import Any, Final, TypeGuard

from adapters.llm.failure import from_error
from adapters.llm.schema import schema_format
from adapters.llm.text import Length, sendable_arguments, whole_arguments
from domain.tokens import estimated_usage
from models.errors import ModelGarbledError, ModelUnavailableError
from models.payloads.chat import (
    ChatMessage,
    ChatPart,
    ChatRequest,
    ReasoningPart,
    Reply,
    Role,
    TextPart,
    ToolCall,
    ToolSchema,
    Usage,
)
from models.payloads.turn import Finish

Json = dict[str, Any]

# No agent asks for this many tools at once; each would become an activity.
MOST_CALLS: Final = 128
MOST_TOKENS: Final = 2**31 - 1

FINISHES = {
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "content_filter": Finish.CONTENT_FILTER,
}
# The server gave up on the answer: it ended, but not by the model.
GIVEN_UP = frozenset({"abort", "error"})


def body_of(request: ChatRequest, model: str, *, limit_field: str, include_usage: bool) -> Json:
    """`limit_field` is the server's name for the limit on output tokens."""
    body: Json = {
        "model": model,
        "messages": _messages(request),
        limit_field: request.output_tokens,
        "stream": True,
    }
    if include_usage:
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.json_schema is not None:
        schema = schema_format(request.json_schema)
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def _messages(request: ChatRequest) -> list[Json]:
    system = {"role": "system", "content": request.instructions}
    return [*([system] if request.instructions else []), *map(_message, request.messages)]


def _message(message: ChatMessage) -> Json:
    if message.role is Role.TOOL:
        return {
            "role": "tool",
            "tool_call_id": message.call_id or "",
            "content": message.content,
        }
    document: Json = {"role": message.role.value, "content": message.content}
    if message.calls:
        document["tool_calls"] = [_called(call) for call in message.calls]
    return document


def _called(call: ToolCall) -> Json:
    arguments = sendable_arguments(call.arguments)
    return {
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }


def _tool(tool: ToolSchema) -> Json:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return {"type": "function", "function": function}


class _Call:
    """One tool call as its pieces come."""

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.name = ""
        self.pieces: list[str] = []


class Answer:
    """What the chunks add up to. There is no final event here: the deltas are all there is."""

    def __init__(self) -> None:
        self._length = Length()
        self._said: list[str] = []
        self._calls: list[_Call] = []
        self._places: dict[int, _Call] = {}
        self._finish: str | None = None
        self._usage: Usage | None = None
        self._model = ""

    @property
    def size(self) -> int:
        """Characters so far, of every kind."""
        return self._length.used

    @property
    def finished(self) -> bool:
        """The model has stopped: what may still come is its usage."""
        return self._finish is not None

    def take(self, chunk: Json) -> list[ChatPart]:
        """Add a chunk; give what it says. After the finish only usage counts."""
        if chunk.get("error"):
            raise from_error(chunk["error"])
        self._usage = _usage(chunk.get("usage")) or self._usage
        if self.finished:
            return []
        if isinstance(model := chunk.get("model"), str):
            self._model = model
        choice = _first_choice(chunk)
        parts = self._said_in(_object(choice.get("delta")))
        if isinstance(finish := choice.get("finish_reason"), str):
            self._finish = finish
        return parts

    def _said_in(self, delta: Json) -> list[ChatPart]:
        parts: list[ChatPart] = []
        if reasoning := self._text(delta, "reasoning_content", "reasoning"):
            parts.append(ReasoningPart(text=reasoning))
        if text := self._text(delta, "content", "refusal"):
            self._said.append(text)
            parts.append(TextPart(text=text))
        for piece in _list(delta.get("tool_calls")):
            self._add_piece(_object(piece))
        return parts

    def _text(self, delta: Json, *keys: str) -> str:
        """The first of the names under which servers send it."""
        present = [value for key in keys if (value := delta.get(key))]
        return self._length.take(present[0]) if present else ""

    def _add_piece(self, piece: Json) -> None:
        function = _object(piece.get("function"))
        name, arguments = function.get("name"), function.get("arguments")
        call = self._call_of(piece, named=bool(name))
        if name and not call.name:
            call.name = self._length.take(name)
        if arguments:
            call.pieces.append(self._length.take(arguments))

    def _call_of(self, piece: Json, *, named: bool) -> _Call:
        """By index. Some servers leave it out, or count every call as the first: there a name
        with another id begins another call."""
        index, call_id = piece.get("index"), piece.get("id")
        call_id = call_id if isinstance(call_id, str) else ""
        if not isinstance(index, int):
            index = -1
        known = self._places.get(index)
        if known is not None and not (named and call_id and call_id != known.call_id):
            return known
        if len(self._calls) == MOST_CALLS:
            raise ModelGarbledError(f"The model made more than {MOST_CALLS} tool calls.")
        call = _Call(call_id)
        self._places[index] = call
        self._calls.append(call)
        return call

    def reply(self, request: ChatRequest) -> Reply:
        if self._finish is None:
            raise ModelGarbledError("The model's stream ended before its answer did.")
        if self._finish in GIVEN_UP:
            raise ModelUnavailableError("The model's server gave up on the answer.")
        finish = FINISHES.get(self._finish, Finish.STOP)
        calls = tuple(_whole(call, place, finish) for place, call in enumerate(self._calls))
        if calls and finish is Finish.STOP:
            finish = Finish.TOOL_CALLS
        text = "".join(self._said)
        return Reply(
            text=text,
            calls=calls,
            finish=finish,
            usage=self._usage or estimated_usage(request, text, calls),
            model=self._model,
        )


def _whole(call: _Call, place: int, finish: Finish) -> ToolCall:
    if not call.name:
        raise ModelGarbledError("The model called a tool without a name.")
    return ToolCall(
        call_id=call.call_id or f"call_{place}",
        name=call.name,
        arguments=whole_arguments("".join(call.pieces), stopped_early=finish is not Finish.STOP),
    )


def _first_choice(chunk: Json) -> Json:
    """Only one answer is asked for; Azure's first chunk and the usage chunk have none."""
    choices = _list(chunk.get("choices"))
    return _object(choices[0]) if choices else {}


def _usage(document: object) -> Usage | None:
    if not isinstance(document, dict):
        return None
    asked, answered = document.get("prompt_tokens"), document.get("completion_tokens")
    cached = _object(document.get("prompt_tokens_details")).get("cached_tokens")
    if not (_is_count(asked) and _is_count(answered)):
        return None
    return Usage(
        input_tokens=asked,
        output_tokens=answered,
        cached_tokens=cached if _is_count(cached) else 0,
    )


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and 0 <= value <= MOST_TOKENS


def _object(value: object) -> Json:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ModelGarbledError("The model's stream has something else where an object belongs.")
    return value


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ModelGarbledError("The model's stream has something else where a list belongs.")
    return value
