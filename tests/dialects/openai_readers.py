"""OpenAI's streams, made of a turn's events, and what OpenAI's own clients make of them."""

from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

import orjson
from openai._models import construct_type
from openai._types import omit
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ParsedResponse, ResponseStreamEvent

from api.dialects.openai_chat import ChatEncoder
from api.dialects.openai_responses import ResponseEncoder
from api.openai.completion import Facts as ChatFacts
from api.openai.names import conversation_name, response_id
from api.openai.response import Facts
from domain.wire import encode
from models.payloads.events import LoggedEvent

Said = dict[str, Any]
CONVERSATION = UUID("9f1f7d52-6a3c-4a39-b3c7-0a61f1c3a111")


def responses(
    turn_id: UUID, events: Iterable[LoggedEvent], after: int | None = None
) -> list[bytes]:
    name = response_id(CONVERSATION, turn_id)
    facts = Facts(name, 0, "agent", conversation_name(CONVERSATION))
    encoder = ResponseEncoder(facts, turn_id, after)
    frames = [*encoder.opening(queued=False)]
    for event in events:
        frames.extend(encoder.take(encode(event)))
    return frames


def chat(events: Iterable[LoggedEvent]) -> tuple[list[bytes], ChatEncoder]:
    encoder = ChatEncoder(ChatFacts("chatcmpl-1", 0, "agent"), include_usage=True)
    frames = [*encoder.opening()]
    for event in events:
        frames.extend(encoder.take(encode(event)))
    return frames, encoder


def said(frame: bytes) -> Said:
    found: Said = orjson.loads(frame.split(b"data: ", 1)[1])
    return found


def numbers(frames: Iterable[bytes]) -> list[int]:
    return [said(frame)["sequence_number"] for frame in frames]


def accumulated(frames: Sequence[bytes]) -> ParsedResponse[None] | None:
    """What Python's helper ends with: it raises for what it does not understand."""
    state = ResponseStreamState(input_tools=omit, text_format=omit)
    for frame in frames:
        event = construct_type(type_=cast("Any", ResponseStreamEvent), value=said(frame))
        state.handle_event(cast("ResponseStreamEvent", event))
    return state._completed_response


def completed(frames: Sequence[bytes]) -> Any:  # noqa: ANN401 - the client's own
    """The same for chunks; None after an error."""
    state = ChatCompletionStreamState[None]()
    for frame in frames:
        if frame.startswith(b"data: [DONE]"):
            # Its last step raises for an answer that was cut short.
            return state.current_completion_snapshot
        if "error" in said(frame):
            return None
        chunk = construct_type(type_=ChatCompletionChunk, value=said(frame))
        state.handle_chunk(cast("ChatCompletionChunk", chunk))
    raise AssertionError("the stream ends without its end")


def spoken(frames: Iterable[bytes]) -> dict[str, str]:
    """By item, what a reader of deltas alone has of the items that stand."""
    deltas: dict[str, str] = {}
    standing: dict[str, str] = {}
    for frame in frames:
        event = said(frame)
        if event["type"] == "response.output_text.delta":
            deltas[event["item_id"]] = deltas.get(event["item_id"], "") + event["delta"]
        if event["type"] == "response.output_text.done":
            standing[event["item_id"]] = deltas.get(event["item_id"], "")
    return standing


def ended(frames: Sequence[bytes]) -> Said:
    """The response that the stream ends with."""
    last = said(frames[-1])
    assert last["type"] in {"response.completed", "response.failed", "response.incomplete"}
    found: Said = last["response"]
    return found


def texts(response: Said) -> list[str]:
    return [item["content"][0]["text"] for item in response["output"] if item["type"] == "message"]
