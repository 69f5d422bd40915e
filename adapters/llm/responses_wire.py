"""The Responses API's JSON: a request of ours written, its final event read."""

from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from adapters.llm.failure import from_error
from adapters.llm.schema import schema_format
from adapters.llm.text import Length, sendable_arguments, whole_arguments
from domain.tokens import estimated_usage
from models.errors import ModelError, ModelGarbledError
from models.payloads.chat import ChatMessage, ChatRequest, Reply, Role, ToolCall, ToolSchema, Usage
from models.payloads.turn import Finish

Json = dict[str, Any]

# No agent asks for this many tools at once; each would become an activity.
MOST_CALLS: Final = 128
MOST_TOKENS: Final = 2**31 - 1
# It is kept, for the response's erasure, in a column of this length. Providers' are 50 to 130 long.
RESPONSE_ID: Final = r"^[!-~]{1,200}$"


def body_of(request: ChatRequest, model: str) -> Json:
    """A request that the provider keeps only when it can be taken up again."""
    body: Json = {
        "model": model,
        "input": [item for message in request.messages for item in _items(message)],
        "max_output_tokens": request.output_tokens,
        "store": request.background,
        "background": request.background,
        "stream": True,
    }
    if request.instructions:
        body["instructions"] = request.instructions
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.json_schema is not None:
        body["text"] = {"format": {"type": "json_schema", **schema_format(request.json_schema)}}
    return body


def _items(message: ChatMessage) -> list[Json]:
    if message.role is Role.TOOL:
        return [
            {
                "type": "function_call_output",
                "call_id": message.call_id or "",
                "output": message.content,
            }
        ]
    items: list[Json] = []
    if message.content or not message.calls:
        items.append({"role": message.role.value, "content": message.content})
    items.extend(
        {
            "type": "function_call",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": sendable_arguments(call.arguments),
        }
        for call in message.calls
    )
    return items


def _tool(tool: ToolSchema) -> Json:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": False,
    }


class _Part(BaseModel):
    type: str
    text: str = ""
    refusal: str = ""


class _Item(BaseModel):
    type: str
    status: str | None = None
    content: list[_Part] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None


class _Cached(BaseModel):
    cached_tokens: int = Field(0, ge=0, le=MOST_TOKENS)


class _Usage(BaseModel):
    input_tokens: int = Field(ge=0, le=MOST_TOKENS)
    output_tokens: int = Field(ge=0, le=MOST_TOKENS)
    input_tokens_details: _Cached | None = None


class _Incomplete(BaseModel):
    reason: str | None = None


class _Response(BaseModel):
    id: str = Field(pattern=RESPONSE_ID)
    status: str
    model: str = ""
    output: list[_Item]
    incomplete_details: _Incomplete | None = None
    usage: _Usage | None = None


def reply_of(event: Json, request: ChatRequest) -> Reply:
    """The whole answer, from the event that ends it; raises ModelError when it failed."""
    document = event.get("response")
    if isinstance(document, dict) and document.get("status") == "failed":
        raise from_error(document.get("error"))
    try:
        response = _Response.model_validate(document)
    except ValidationError as error:
        # Its text quotes the answer.
        raise _garbled(error.error_count()) from None
    finish = _finish(response)
    text = Length().take("".join(_said(response)))
    calls = () if finish is Finish.CANCELLED else _calls(response, finish)
    if calls and finish is Finish.STOP:
        finish = Finish.TOOL_CALLS
    return Reply(
        text=text,
        calls=calls,
        finish=finish,
        usage=_usage(response.usage) or estimated_usage(request, text, calls),
        model=response.model,
        response_id=response.id,
    )


def _garbled(errors: int) -> ModelError:
    return ModelGarbledError(f"The model's final event has {errors} fields that cannot be read.")


def _finish(response: _Response) -> Finish:
    match response.status:
        case "completed":
            return Finish.STOP
        case "cancelled":
            return Finish.CANCELLED
        case "incomplete":
            reason = response.incomplete_details and response.incomplete_details.reason
            return Finish.CONTENT_FILTER if reason == "content_filter" else Finish.LENGTH
        case _:
            raise ModelGarbledError("The model's final event is not final.")


def _said(response: _Response) -> list[str]:
    messages = [item for item in response.output if item.type == "message"]
    return [part.text or part.refusal for item in messages for part in item.content or ()]


def _calls(response: _Response, finish: Finish) -> tuple[ToolCall, ...]:
    items = [item for item in response.output if item.type == "function_call"]
    if len(items) > MOST_CALLS:
        raise ModelGarbledError(f"The model made more than {MOST_CALLS} tool calls.")
    return tuple(_call(item, position, finish) for position, item in enumerate(items))


def _call(item: _Item, position: int, finish: Finish) -> ToolCall:
    if not item.name:
        raise ModelGarbledError("The model called a tool without a name.")
    early = finish is not Finish.STOP or item.status in {"incomplete", "in_progress"}
    return ToolCall(
        call_id=item.call_id or f"call_{position}",
        name=item.name,
        arguments=whole_arguments(item.arguments or "", stopped_early=early),
    )


def _usage(usage: _Usage | None) -> Usage | None:
    if usage is None:
        return None
    details = usage.input_tokens_details
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=details.cached_tokens if details else 0,
    )
