"""A conversation as it is taken out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.ports.conversations import Message
from models.payloads.scope import Scope
from models.payloads.turn import CallStatus, Outcome


@dataclass(frozen=True, slots=True)
class ExportedCall:
    """A tool that a step called."""

    call_id: str
    name: str
    arguments: dict[str, Any] | None
    """Validated; None when they did not validate."""
    raw_arguments: str
    ruling: str
    approval_id: UUID | None
    status: CallStatus
    result: str
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportedMessage:
    message: Message
    step: int | None
    agent: str
    """Of its turn; empty where a caller brought the message along."""
    outcome: Outcome | None
    """Of its turn; None while that runs."""
    last: bool
    """What its turn said last, on this path or elsewhere."""
    calls: tuple[ExportedCall, ...]


class Exports(Protocol):
    def tree(self, scope: Scope, conversation_id: UUID) -> AsyncIterator[Sequence[ExportedMessage]]:
        """Every message that was not withdrawn, in bounded parts; parents before what follows
        them."""

    def path(self, scope: Scope, conversation_id: UUID) -> AsyncIterator[Sequence[ExportedMessage]]:
        """Those of the active path alone."""

    async def leaf(self, scope: Scope, conversation_id: UUID) -> UUID | None: ...
