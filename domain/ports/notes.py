"""Notes that agents publish in a space."""

from typing import Protocol
from uuid import UUID

from models.payloads.scope import Scope


class Notes(Protocol):
    async def publish(self, scope: Scope, key: UUID, *, title: str, body: str) -> UUID:
        """Store a note, once per key; a repeat answers with the first one's id."""
