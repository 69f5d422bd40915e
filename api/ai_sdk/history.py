"""A conversation's turns as the messages that an AI SDK client starts with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api.admission import Context
from api.dialects.ai_sdk import Encoder
from api.dialects.ai_sdk_message import message
from api.ports import Ports
from api.remarking import exchanges_remarked
from api.schemas.ai_sdk import History, UiMessage
from api.schemas.feedback import AttachmentView, OpinionsView
from domain.ports.conversations import Exchange, Message, Page


async def history(
    ports: Ports, context: Context, conversation_id: UUID, page: Page[Exchange]
) -> History:
    """Exchanges come newest first, and go oldest first."""
    page = await exchanges_remarked(ports, context, conversation_id, page)
    return History(
        items=[
            one for exchange in reversed(page.items) for one in _messages(conversation_id, exchange)
        ],
        next_cursor=page.next_cursor,
    )


def _messages(conversation_id: UUID, exchange: Exchange) -> list[UiMessage]:
    siblings = [str(one) for one in exchange.siblings]
    said = [_said(exchange.asked, siblings), *(_said(one, []) for one in exchange.steered)]
    if exchange.turn.outcome is None or exchange.abandoned or not exchange.events:
        return said
    encoder = Encoder(conversation_id)
    chunks = [chunk for event in exchange.events for chunk in encoder.take(event)]
    answer = message(chunks)
    answer["metadata"] |= _beside(exchange)
    return [*said, UiMessage.model_validate(answer)]


def _beside(exchange: Exchange) -> dict[str, Any]:
    """Of the answer, what its turn's events do not say."""
    feedback = None if exchange.turn.answer is None else exchange.turn.answer.feedback
    answers = {"answers": [str(one) for one in exchange.answers]}
    if feedback is None:
        return answers
    return {**answers, "feedback": OpinionsView.model_validate(feedback).model_dump(mode="json")}


def _said(message: Message, siblings: list[str]) -> UiMessage:
    attachments = [
        AttachmentView.model_validate(one).model_dump(mode="json") for one in message.attachments
    ]
    told = {"siblings": siblings, "attachments": attachments}
    return UiMessage(
        id=str(message.id),
        role="user",
        metadata={
            "created_at": _instant(message.created_at),
            **{name: value for name, value in told.items() if value},
        },
        parts=[{"type": "text", "text": message.content, "state": "done"}],
    )


def _instant(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
