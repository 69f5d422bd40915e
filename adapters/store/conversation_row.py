"""Rows of conversations and sessions, as their ports give them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.store.session import Session
from domain.ports.conversations import Conversation, SessionView
from models.errors import NotFoundError
from models.payloads.session import ActionItem, Entity
from models.states import ConversationKind, ConversationState

_ONE = "SELECT * FROM conversation WHERE space_id = $1 AND id = $2"


async def one_conversation(session: Session, conversation_id: UUID) -> Conversation:
    row = await session.first(_ONE, session.scope.space_id, conversation_id)
    if row is None:
        raise unknown_conversation()
    return conversation_view(row)


def unknown_conversation() -> NotFoundError:
    return NotFoundError("There is no such conversation.", code="conversation_not_found")


def conversation_view(row: Mapping[Any, Any]) -> Conversation:
    return Conversation(
        id=row["id"],
        title=row["title"],
        agent=row["agent"],
        kind=ConversationKind(row["kind"]),
        state=ConversationState(row["state"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        pinned=row["pinned_at"] is not None,
        forked_from=row["forked_from"],
    )


def session_view(row: Mapping[Any, Any]) -> SessionView:
    return SessionView(
        id=row["id"],
        number=row["number"],
        started_at=row["started_at"],
        last_turn_at=row["last_turn_at"],
        ended_at=row["ended_at"],
        title=row["title"],
        summary=row["summary"],
        entities=tuple(Entity.model_validate(entity) for entity in row["entities"]),
        action_items=tuple(ActionItem.model_validate(item) for item in row["action_items"]),
        memory=tuple(row["memory"]),
        extractive=row["extractive"],
    )
