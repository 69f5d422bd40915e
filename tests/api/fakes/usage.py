"""Usage as a list."""

from collections.abc import Sequence
from uuid import UUID

from domain.ports.transcript import UsageEntry
from models.payloads.scope import Scope


class ListedUsage:
    """Remembers what was recorded."""

    def __init__(self) -> None:
        self.recorded: list[tuple[Scope, UUID, UsageEntry]] = []

    async def record(
        self, scope: Scope, cause: UUID, entries: Sequence[UsageEntry], *, user_id: UUID
    ) -> None:
        self.recorded.extend((scope, user_id, entry) for entry in entries)
