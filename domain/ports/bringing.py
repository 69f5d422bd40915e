"""What a caller says was said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from models.payloads.chat import Role
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class Brought:
    """A message of a history that was kept elsewhere; `role` is who it says spoke."""

    role: Role
    content: str


class Histories(Protocol):
    async def bring(
        self,
        scope: Scope,
        conversation_id: UUID,
        messages: Sequence[Brought],
        *,
        key: UUID,
        under: UUID | None,
    ) -> UUID:
        """Put the messages, of which there is one at least, into the conversation, each below the
        one before it, the first below `under`: once per key. Gives the last one's id; the active
        leaf stays. A model's words that come this way are vouched for by nobody: the conversation
        is tainted from then on. NotFoundError("conversation_not_found")."""


class Repeats(Protocol):
    """Requests that clients send again by themselves, and that carry no key."""

    async def begun(self, scope: Scope, request: str, message_id: UUID, *, again: bool) -> UUID:
        """The message that this request is: the one that it was before when it comes `again` in
        time, else this one. Never raises: without its memory each request is a new one."""
