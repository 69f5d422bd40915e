"""What OpenAI's clients send, as far as we have it."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from api.schemas.base import Body, View
from api.text import Text, clean

# OpenAI's own limits.
NAME_CHARACTERS: Final = 200
METADATA_PAIRS: Final = 16
Key = Annotated[str, StringConstraints(max_length=64)]
# Lengths first: what is said of them is said of text.
Value = Annotated[str, StringConstraints(max_length=512), AfterValidator(clean)]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS), AfterValidator(clean)
]
Identifier = Annotated[str, StringConstraints(max_length=128), AfterValidator(clean)]

_ITEMS: Final = {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": 1_000}
_INPUT: Final = {"anyOf": [{"type": "string"}, _ITEMS]}
_CONVERSATION: Final = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        {"type": "null"},
    ]
}


class StreamOptions(Body):
    include_obfuscation: bool | None = None
    include_usage: bool | None = None


class _Asked(Body):
    model: Name = Field(description="The agent's name", examples=["general"])
    temperature: float | None = Field(None, ge=0, le=2)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    metadata: Annotated[dict[Key, Value], Field(max_length=METADATA_PAIRS)] | None = None
    store: bool | None = None
    user: Identifier | None = None
    safety_identifier: Identifier | None = None
    prompt_cache_key: Identifier | None = None


class NewResponse(_Asked):
    """Read by `api.openai.reading`, which names what is wrong as OpenAI does."""

    input: Annotated[Any, WithJsonSchema(_INPUT)] = Field(
        description="Text, or items: messages, and answers to `mcp_approval_request`"
    )
    instructions: Text | None = None
    max_output_tokens: int | None = Field(None, ge=1)
    background: bool | None = None
    previous_response_id: Name | None = None
    conversation: Annotated[Any, WithJsonSchema(_CONVERSATION)] = None


class NewCompletion(_Asked):
    messages: Annotated[Any, WithJsonSchema(_ITEMS)]
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)


class OpenAIError(View):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIFailure(View):
    error: OpenAIError


class Model(View):
    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str


class ModelList(View):
    object: Literal["list"] = "list"
    data: list[Model]
