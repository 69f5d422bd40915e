"""What people say of answers, and the documents that a message names."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.base import Body, View
from api.text import Text
from domain.ports.feedback import FeedbackItem
from models.states import FeedbackReason, Rating

COMMENT = 2_000
"""Characters."""


class AttachmentView(View):
    document_id: UUID
    title: str | None = Field(description="Null when the document has been deleted")
    status: str = Field(examples=["ready"], description="The document's, or `deleted`")


class OpinionView(View):
    rating: Rating
    reason: FeedbackReason | None
    comment: str


class OpinionsView(View):
    """Everybody's, counted, and the caller's own."""

    up: int
    down: int
    own: OpinionView | None


class NewOpinion(Body):
    rating: Rating
    reason: FeedbackReason | None = None
    comment: Annotated[Text, Field(max_length=COMMENT)] = ""


class FeedbackView(View):
    id: UUID
    conversation_id: UUID
    message_id: UUID
    turn_id: UUID
    agent: str
    agent_version: int
    user_id: UUID
    rating: Rating
    reason: FeedbackReason | None
    comment: str
    excerpt: str = Field(description="How the answer begins")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: FeedbackItem) -> "FeedbackView":
        said = item.opinion
        return cls(
            id=item.id,
            conversation_id=item.conversation_id,
            message_id=item.message_id,
            turn_id=item.turn_id,
            agent=item.agent,
            agent_version=item.agent_version,
            user_id=item.user_id,
            rating=said.rating,
            reason=said.reason,
            comment=said.comment,
            excerpt=item.excerpt,
            created_at=item.created_at,
            updated_at=item.updated_at,
        )
