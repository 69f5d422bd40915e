"""What AI SDK's transports send, and the history that they are started with."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import View
from api.schemas.conversations import AgentName
from api.schemas.turns import REFERENCES
from api.text import Text
from models.payloads.turn import BusyPolicy

MESSAGES = 10_000
"""A stock client sends all that it holds; only the last is read. The body's limit comes first."""
Id = Annotated[Text, Field(min_length=1, max_length=200)]


class _Loose(BaseModel):
    """Clients of every version, and their applications, add fields of their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SentMessage(_Loose):
    id: Id
    role: Literal["system", "user", "assistant"]
    metadata: Any = None
    parts: list[dict[str, Any]] = Field(default=[], max_length=MESSAGES)


class ChatRequest(_Loose):
    """`DefaultChatTransport`'s body, and what it may carry for us besides."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "2f0a7d52-6a3c-4a39-b3c7-0a61f1c3a111",
                    "trigger": "submit-message",
                    "messages": [
                        {
                            "id": "msg-1",
                            "role": "user",
                            "parts": [{"type": "text", "text": "What is new?"}],
                        }
                    ],
                }
            ]
        }
    )

    id: Id = Field(description="The chat's: a conversation's id, or any text that names a new one")
    messages: list[SentMessage] = Field(default=[], max_length=MESSAGES)
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"
    messageId: Id | None = Field(  # noqa: N815 - the protocol's name
        None, description="The message to edit, to answer again, or whose approval is answered"
    )
    parent_id: UUID | Literal["root"] | None = Field(
        None, description="The message that it follows, unless it is the last"
    )
    agent: AgentName | None = None
    references: tuple[UUID, ...] = Field((), max_length=REFERENCES)
    on_busy: BusyPolicy = BusyPolicy.ENQUEUE


class UiMessage(View):
    """AI SDK's UIMessage."""

    id: str
    role: Literal["user", "assistant"]
    metadata: dict[str, Any]
    parts: list[dict[str, Any]]


class History(View):
    """Oldest first inside a page; the first page is the newest."""

    items: list[UiMessage]
    next_cursor: str | None = Field(description="Of the page before this one; null on the first")
