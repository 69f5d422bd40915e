"""Feedback on answers: given by people, read by whoever can act on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.ports.conversations import Page
from domain.ports.remarks import Opinion, Opinions, Rating
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """An opinion with what it is about."""

    id: UUID
    conversation_id: UUID
    message_id: UUID
    turn_id: UUID
    agent: str
    agent_version: int
    user_id: UUID
    opinion: Opinion
    excerpt: str
    """How the answer begins."""
    created_at: datetime
    updated_at: datetime


class Feedbacks(Protocol):
    """NotFoundError("message_not_found") for what is not in the conversation or was withdrawn."""

    async def give(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_id: UUID,
        opinion: Opinion,
        *,
        by: UUID,
    ) -> Opinions:
        """In place of what this person said before. InvalidError("not_an_answer")."""

    async def take_back(
        self, scope: Scope, conversation_id: UUID, message_id: UUID, *, by: UUID
    ) -> None:
        """Nothing happens to who said nothing."""

    async def page(
        self,
        scope: Scope,
        *,
        rating: Rating | None,
        since: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> Page[FeedbackItem]:
        """The newest first, by when they were last changed."""
