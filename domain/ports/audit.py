"""The audit trail: what was done, by whom, each entry sealed by the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from domain.ports.conversations import Page
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`sequence` counts in the space from 1; `seal` is SHA-256, hexadecimal, over the entry and
    the seal before it."""

    id: UUID
    sequence: int
    at: datetime
    user_id: UUID | None
    action: str
    subject_id: UUID
    details: Mapping[str, Any]
    seal: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: an entry was changed, left out or put in."""

    sequence: int
    why: str


class Audit(Protocol):
    async def record(
        self,
        scope: Scope,
        action: str,
        subject_id: UUID,
        *,
        by: UUID | None,
        details: Mapping[str, Any],
    ) -> None:
        """UnavailableError("store_unavailable"): then what was to be audited must not happen."""

    async def page(self, scope: Scope, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """The newest first."""

    async def verify(self, scope: Scope) -> Sequence[Break]:
        """Read the whole chain; nothing when it holds."""


DEPLOYMENT: Final = Scope(organisation_id=UUID(int=0), space_id=UUID(int=0))
"""Whose trail holds what belongs to no tenant: strangers that were turned away."""
