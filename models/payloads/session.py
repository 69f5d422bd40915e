"""What a session leaves behind, and what its workflow is told."""

from datetime import timedelta
from uuid import UUID

from pydantic import Field

from models.payloads.base import Payload
from models.payloads.scope import Scope


class SessionStart(Payload):
    """Input of a session's workflow; it wakes when the idle window may be over."""

    scope: Scope
    conversation_id: UUID
    session_id: UUID
    number: int
    idle_window: timedelta = timedelta(minutes=30)
    closed: bool = False
    """The conversation was closed: the session ends without waiting for its window."""


class SessionKey(Payload):
    scope: Scope
    conversation_id: UUID
    session_id: UUID
    number: int = 0
    closed: bool = False
    """True when somebody closed the conversation: the window then does not matter."""
    idle_window: timedelta = timedelta(minutes=30)


class SessionEnd(Payload):
    """`remaining` is what is left of the window; None when the session has ended."""

    remaining: timedelta | None = None


class Entity(Payload):
    name: str = Field(max_length=200)
    kind: str = Field(default="other", max_length=50)


class ActionItem(Payload):
    text: str = Field(max_length=500)
    owner: str = Field(default="", max_length=200)


class SessionSummary(Payload):
    """The structured output asked of the model: validated, asked again once when wrong."""

    title: str = Field(min_length=1, max_length=120)
    summary: str = Field(min_length=1, max_length=4_000)
    entities: tuple[Entity, ...] = Field(default=(), max_length=50)
    action_items: tuple[ActionItem, ...] = Field(default=(), max_length=50)
    memory: tuple[str, ...] = Field(default=(), max_length=20)
    """Facts worth carrying into later sessions."""
    extractive: bool = False
    """True when no language model wrote it: sentences were only selected."""
