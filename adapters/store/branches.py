"""Paths of a conversation's tree: walked, and copied elsewhere."""

from uuid import UUID

from adapters.store.conversation_row import conversation_view, one_conversation
from adapters.store.forking import fork
from adapters.store.leaf import move_leaf, move_to_turn
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.ports.conversations import Conversation
from models.payloads.scope import Scope

_FORKED = "SELECT * FROM conversation WHERE space_id = $1 AND id = $2"


class PostgresBranches(Repository):
    """A Branches."""

    async def move_leaf(
        self, scope: Scope, conversation_id: UUID, message_id: UUID, *, newest: bool
    ) -> UUID:
        return await self._run(
            scope, lambda session: move_leaf(session, conversation_id, message_id, newest=newest)
        )

    async def move_to_turn(self, scope: Scope, conversation_id: UUID, turn_id: UUID) -> UUID:
        return await self._run(
            scope, lambda session: move_to_turn(session, conversation_id, turn_id)
        )

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
        async def work(session: Session) -> Conversation:
            # Made before, by a try whose answer was lost or a copy of the request.
            found = await session.first(_FORKED, scope.space_id, fork_id)
            if found is not None:
                return conversation_view(found)
            await fork(
                *(session, user_id, conversation_id),
                fork_id=fork_id,
                message_id=message_id,
                title=title,
            )
            return await one_conversation(session, fork_id)

        return await self._run(scope, work)
