"""Telling people that something waits for them, and what became of it."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.ports.approvals import Approval
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands, so that it can be changed in place."""

    channel: str
    timestamp: str


class Notifier(Protocol):
    """One channel, such as Slack. Nothing installed in the space: `post` gives None. All calls
    are safe to repeat; UnavailableError carries the provider's `retry_after`."""

    name: str

    async def post(self, scope: Scope, approval: Approval, *, url: str) -> Posted | None:
        """Ask. A repeat for the same approval finds what stands."""

    async def update(self, scope: Scope, approval: Approval, posted: Posted) -> None:
        """Say in place how it stands now; decided, expired and withdrawn have no buttons."""

    async def remind(
        self, scope: Scope, approval: Approval, posted: Posted, *, escalated: bool
    ) -> None:
        """Once more, in the message's thread."""


class Notices(Protocol):
    """Which message stands for which approval."""

    async def posted(self, scope: Scope, approval_id: UUID) -> Posted | None: ...

    async def keep(self, scope: Scope, approval_id: UUID, posted: Posted) -> None: ...
