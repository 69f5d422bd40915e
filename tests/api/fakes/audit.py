"""The trail as a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from domain.ports.audit import AuditEntry, Break
from domain.ports.conversations import (
    Page,
)
from models.payloads.scope import Scope
from tests.api.fakes.clock import NOW


@dataclass
class ListedAudit:
    """What it was told; `breaks` is what a check finds."""

    entries: list[AuditEntry] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)

    async def record(
        self,
        scope: Scope,
        action: str,
        subject_id: UUID,
        *,
        by: UUID | None,
        details: Mapping[str, Any],
    ) -> None:
        number = len(self.entries) + 1
        entry = AuditEntry(uuid4(), number, NOW, by, action, subject_id, details, "0" * 64)
        self.entries.append(entry)

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        return Page(self.entries[::-1][:limit], None)

    async def verify(self, scope: Scope) -> Sequence[Break]:
        return self.breaks
