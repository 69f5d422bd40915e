"""What AG-UI's agents send: RunAgentInput, as clients of every version write it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.text import Text

MESSAGES = 10_000
"""A client sends all that it holds; the body's limit comes first."""
Id = Annotated[Text, Field(min_length=1, max_length=200)]


class _Loose(BaseModel):
    """Frameworks add fields of their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Resume(_Loose):
    """An answer to an interrupt; the payload of one that is resolved is `{approved, note?}`."""

    interruptId: Id  # noqa: N815 - the protocol's name
    status: Literal["resolved", "cancelled"]
    payload: Any = None


class RunAgentInput(_Loose):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "threadId": "2f0a7d52-6a3c-4a39-b3c7-0a61f1c3a111",
                    "runId": "run-1",
                    "messages": [{"id": "m-1", "role": "user", "content": "What is new?"}],
                    "state": {},
                    "tools": [],
                    "context": [],
                    "forwardedProps": {},
                }
            ]
        }
    )

    threadId: Id  # noqa: N815 - the protocol's name
    runId: Id  # noqa: N815 - the protocol's name
    protocolVersion: str | None = Field(None, max_length=20)  # noqa: N815 - the protocol's name
    messages: list[dict[str, Any]] = Field(default=[], max_length=MESSAGES)
    state: Any = None
    tools: list[Any] | None = Field(None, max_length=1_000)
    context: list[Any] | None = Field(None, max_length=1_000)
    forwardedProps: Any = None  # noqa: N815 - the protocol's name
    resume: list[Resume] = Field(default=[], max_length=100)
