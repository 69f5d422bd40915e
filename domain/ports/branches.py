"""The tree of a conversation: which path is shown, and what becomes of it elsewhere."""

from typing import Final, Protocol
from uuid import UUID

from domain.ports.conversations import Conversation
from models.payloads.scope import Scope

MOST_FORKED: Final = 10_000
"""Messages that a fork copies: in one transaction, some seconds for so many."""


class Branches(Protocol):
    """NotFoundError("conversation_not_found") and ("message_not_found") for the unknown, the
    foreign and the withdrawn alike."""

    async def move_leaf(
        self, scope: Scope, conversation_id: UUID, message_id: UUID, *, newest: bool
    ) -> UUID:
        """Show the path that ends with this message, or with its newest descendant. Gives where it
        ends. ConflictError("conversation_busy") while a turn is open."""

    async def move_to_turn(self, scope: Scope, conversation_id: UUID, turn_id: UUID) -> UUID:
        """The same for the newest descendant of what this turn said, or of what it was asked when
        it said nothing. NotFoundError("turn_not_found")."""

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
        """Copy the path to this message, or to the leaf, into another conversation: messages with
        their sources, turns, calls and events. A turn of which the path has only a part ends there
        as interrupted. Bills and approvals stay where they are. Doing it again answers with the
        fork that has this id. TooLargeError("conversation_too_long")."""
