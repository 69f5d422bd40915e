"""What a model is asked and what it answers, in no vendor's words."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from models.payloads.base import Payload
from models.payloads.turn import Finish


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class ToolCall(Payload):
    """`arguments` is the JSON text as the model wrote it: it may not parse."""

    call_id: str
    name: str
    arguments: str


class ChatMessage(Payload):
    """One message of the window. Tool messages answer `call_id`; assistants may carry calls."""

    role: Role
    content: str = ""
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None


class ToolSchema(Payload):
    """`parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: dict[str, Any]


class ChatRequest(Payload):
    """One model call. `messages` end with what is to be answered."""

    model: str
    instructions: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[ToolSchema, ...] = ()
    temperature: float | None = None
    output_tokens: int = 4_096
    background: bool = True
    json_schema: dict[str, Any] | None = None
    """Ask for JSON of this schema instead of prose."""
    request_id: str = ""


class Cursor(Payload):
    """Where an attempt stands in a response that its provider keeps."""

    response_id: str
    sequence: int = 0
    """The provider's number of the last event that readers were sent."""
    model: str = ""
    """Who was asked, when it was not the agent's own model."""


class Usage(Payload):
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


class ResponseStarted(Payload):
    """The provider keeps the response: from now on it can be taken up again."""

    cursor: Cursor


class TextPart(Payload):
    text: str
    cursor: Cursor | None = None


class ReasoningPart(Payload):
    text: str
    cursor: Cursor | None = None


class Reply(Payload):
    """The model's whole answer, built from its final event and never from deltas."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    finish: Finish = Finish.STOP
    usage: Usage = Usage()
    model: str = ""
    response_id: str | None = None


ChatPart = ResponseStarted | TextPart | ReasoningPart | Reply


class StoredMessage(Payload):
    """A message of a conversation's tree, as its store gives it back."""

    id: UUID
    role: Role
    content: str
    parent_id: UUID | None = None
    turn_id: UUID | None = None
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None
