"""The tree of a conversation, in memory."""

from dataclasses import replace
from uuid import UUID

from domain.ports.conversations import (
    Conversation,
)
from models.payloads.scope import Scope
from tests.api.fakes.conversations import MemoryConversations

Key = tuple[UUID, UUID]


class MemoryBranches:
    """Moves no messages: what was asked for is what a test looks at."""

    def __init__(self, conversations: MemoryConversations) -> None:
        self._conversations = conversations
        self.leaves: dict[Key, UUID] = {}
        self.failure: Exception | None = None

    async def move_leaf(
        self, scope: Scope, conversation_id: UUID, message_id: UUID, *, newest: bool
    ) -> UUID:
        if self.failure is not None:
            raise self.failure
        self.leaves[scope.space_id, conversation_id] = message_id
        return message_id

    async def move_to_turn(self, scope: Scope, conversation_id: UUID, turn_id: UUID) -> UUID:
        return await self.move_leaf(scope, conversation_id, turn_id, newest=True)

    async def fork(
        self,
        scope: Scope,
        user_id: UUID,
        conversation_id: UUID,
        *,
        fork_id: UUID,
        message_id: UUID | None,
        title: str | None,
    ) -> Conversation:
        row = await self._conversations.get(scope, conversation_id)
        made = replace(row, id=fork_id, title=title or row.title, forked_from=row.id)
        return self._conversations.rows.setdefault((scope.space_id, fork_id), made)
