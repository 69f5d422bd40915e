"""Conversations and their exports, in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from domain.ports.conversations import (
    EVERY,
    Conversation,
    ConversationKind,
    ConversationState,
    Exchange,
    Message,
    Page,
    Receipt,
    SessionView,
    Sought,
)
from domain.ports.export import ExportedMessage
from models.errors import (
    NotFoundError,
)
from models.payloads.chat import Role as Speaker
from models.payloads.scope import Scope
from models.payloads.session import SessionStart
from tests.api.fakes.clock import NOW

Key = tuple[UUID, UUID]


class MemoryConversations:
    """Keyed by space and id, as the store is."""

    def __init__(self, receipts: Mapping[Key, Receipt]) -> None:
        self._receipts = receipts
        self.rows: dict[Key, Conversation] = {}
        self.history: dict[Key, list[Message]] = {}
        self.talk: dict[Key, list[Exchange]] = {}
        """Exchanges, newest first."""
        self.sought = EVERY
        """What the last list was asked for."""
        self.ended: dict[Key, list[SessionView]] = {}
        self.open: dict[Key, SessionStart] = {}

    async def create(
        self,
        scope: Scope,
        user_id: UUID,
        *,
        conversation_id: UUID,
        title: str | None,
        agent: str,
        kind: ConversationKind = ConversationKind.CHAT,
    ) -> Conversation:
        made = Conversation(conversation_id, title, agent, kind, ConversationState.ACTIVE, NOW, NOW)
        return self.rows.setdefault((scope.space_id, conversation_id), made)

    async def get(self, scope: Scope, conversation_id: UUID) -> Conversation:
        found = self.rows.get((scope.space_id, conversation_id))
        if found is None:
            raise NotFoundError("No such conversation.", code="conversation_not_found")
        return found

    async def receiving(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> tuple[Conversation, Receipt | None]:
        found = await self.get(scope, conversation_id)
        return found, self._receipts.get((scope.space_id, message_id))

    async def page(
        self, scope: Scope, *, limit: int, cursor: str | None, sought: Sought = EVERY
    ) -> Page[Conversation]:
        self.sought = sought
        mine = [row for (space, _), row in self.rows.items() if space == scope.space_id]
        chats = [row for row in mine if row.kind is ConversationKind.CHAT]
        start = int(cursor or 0)
        more = str(start + limit) if len(chats) > start + limit else None
        return Page(chats[start : start + limit], more)

    async def update(
        self,
        scope: Scope,
        conversation_id: UUID,
        *,
        title: str | None = None,
        archived: bool | None = None,
        pinned: bool | None = None,
        agent: str | None = None,
    ) -> Conversation:
        row = await self.get(scope, conversation_id)
        state = {None: row.state, True: ConversationState.ARCHIVED, False: ConversationState.ACTIVE}
        changed = replace(
            row,
            title=title or row.title,
            state=state[archived],
            pinned=row.pinned if pinned is None else pinned,
            agent=agent or row.agent,
        )
        self.rows[scope.space_id, conversation_id] = changed
        return changed

    async def messages(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Message]:
        return Page(self.history.get((scope.space_id, conversation_id), [])[:limit], None)

    async def exchanges(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Exchange]:
        found = self.talk.get((scope.space_id, conversation_id), [])
        start = int(cursor or 0)
        more = str(start + limit) if len(found) > start + limit else None
        return Page(found[start : start + limit], more)

    async def message(self, scope: Scope, conversation_id: UUID, message_id: UUID) -> Message:
        for message in self.history.get((scope.space_id, conversation_id), []):
            if message.id == message_id:
                return message
        raise NotFoundError("No such message.", code="message_not_found")

    async def question(self, scope: Scope, conversation_id: UUID, message_id: UUID) -> Message:
        found = await self.message(scope, conversation_id, message_id)
        while found.role is not Speaker.USER and found.parent_id is not None:
            found = await self.message(scope, conversation_id, found.parent_id)
        return found

    async def clear(self, scope: Scope, conversation_id: UUID) -> None:
        self.history.pop((scope.space_id, conversation_id), None)

    async def delete(self, scope: Scope, conversation_id: UUID) -> None:
        del self.rows[scope.space_id, conversation_id]

    async def sessions(self, scope: Scope, conversation_id: UUID) -> Sequence[SessionView]:
        return self.ended.get((scope.space_id, conversation_id), [])

    async def close(self, scope: Scope, conversation_id: UUID) -> SessionStart | None:
        return self.open.get((scope.space_id, conversation_id))


class MemoryExports:
    """The same messages, whatever is asked for."""

    def __init__(self) -> None:
        self.messages: list[ExportedMessage] = []

    async def tree(
        self, scope: Scope, conversation_id: UUID
    ) -> AsyncIterator[Sequence[ExportedMessage]]:
        for one in self.messages:
            yield [one]

    def path(self, scope: Scope, conversation_id: UUID) -> AsyncIterator[Sequence[ExportedMessage]]:
        return self.tree(scope, conversation_id)

    async def leaf(self, scope: Scope, conversation_id: UUID) -> UUID | None:
        return self.messages[-1].message.id if self.messages else None
