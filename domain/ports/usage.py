"""What calls to providers cost, outside a turn."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.ports.transcript import UsageEntry
from models.payloads.scope import Scope


class UsageLedger(Protocol):
    async def record(
        self, scope: Scope, cause: UUID, entries: Sequence[UsageEntry], *, user_id: UUID
    ) -> None:
        """Add the entries, once per cause."""
