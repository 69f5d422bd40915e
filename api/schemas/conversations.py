"""Conversations, their messages and sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.base import Body, View
from api.schemas.feedback import AttachmentView, OpinionsView
from api.text import Text
from domain.ports.conversations import ConversationState, SessionView
from models.payloads.chat import Role
from models.payloads.session import ActionItem, Entity
from models.payloads.sources import Source

Title = Annotated[Text, Field(min_length=1, max_length=200, examples=["Spring campaign"])]
AgentName = Annotated[Text, Field(min_length=1, max_length=80, examples=["general"])]


class NewConversation(Body):
    title: Title | None = None
    agent: AgentName | None = Field(None, description="The general assistant unless given")


class ConversationChange(Body):
    """What is given is changed."""

    title: Title | None = None
    archived: bool | None = None
    pinned: bool | None = None
    agent: AgentName | None = Field(None, description="Who answers from now on")


class ConversationView(View):
    id: UUID
    title: str | None
    agent: str
    state: ConversationState
    created_at: datetime
    updated_at: datetime
    pinned: bool = False
    forked_from: UUID | None = Field(
        None, description="Whose path its first messages are copies of; it may be gone"
    )
    snippet: str | None = Field(
        None, description="In searches: where a message has the words, as plain text"
    )


class MessageView(View):
    id: UUID
    role: Role
    content: str
    parent_id: UUID | None
    turn_id: UUID | None
    created_at: datetime
    sources: tuple[Source, ...] = ()
    siblings: tuple[UUID, ...] = Field(
        (), description="All messages with the same parent, itself included, oldest first"
    )
    attachments: tuple[AttachmentView, ...] = Field(
        (), description="Documents that a user's message names"
    )
    feedback: OpinionsView | None = Field(None, description="Null while nobody has said anything")


class SummaryView(View):
    session_id: UUID
    number: int
    title: str
    summary: str
    entities: tuple[Entity, ...]
    action_items: tuple[ActionItem, ...]
    memory: tuple[str, ...]
    extractive: bool = Field(description="No language model wrote it: sentences were selected")

    @classmethod
    def of(cls, session: SessionView) -> "SummaryView | None":
        if session.summary is None:
            return None
        return cls(
            session_id=session.id,
            number=session.number,
            title=session.title or "",
            summary=session.summary,
            entities=session.entities,
            action_items=session.action_items,
            memory=session.memory,
            extractive=session.extractive,
        )


class SessionItem(View):
    id: UUID
    number: int
    started_at: datetime
    last_turn_at: datetime
    ended_at: datetime | None
    duration_seconds: float = Field(description="From its first turn to its last")
    summary: SummaryView | None

    @classmethod
    def of(cls, session: SessionView) -> "SessionItem":
        return cls(
            id=session.id,
            number=session.number,
            started_at=session.started_at,
            last_turn_at=session.last_turn_at,
            ended_at=session.ended_at,
            duration_seconds=(session.last_turn_at - session.started_at).total_seconds(),
            summary=SummaryView.of(session),
        )


class SessionList(View):
    items: list[SessionItem]


class Stopping(View):
    turn_id: UUID | None = Field(description="The turn that is asked to stop; null when none ran")


class Closing(View):
    session_id: UUID | None = Field(
        description="The session that ends; null when none was open, and while a turn runs, whose"
        " end closes it"
    )
