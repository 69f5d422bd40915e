"""Telling people that something waits for them, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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


class Announcements(Protocol):
    """What an approval's own workflow does to its row; each step is audited."""

    async def look(self, scope: Scope, approval_id: UUID) -> tuple[Approval, datetime]:
        """How it stands, with the moment by the clock that judges it; from now on the sweep
        leaves it to its workflow. NotFoundError("approval_not_found")."""

    async def reminded(self, scope: Scope, approval_id: UUID, *, escalated: bool) -> None:
        """While it is pending; once each."""

    async def expired(self, scope: Scope, approval_id: UUID) -> None:
        """Of a review that is past its expiry: what waits in a turn is the turn's to expire."""

    async def settled(self, scope: Scope, approval_id: UUID) -> None:
        """Of a review: its verdict, or its end, was acted upon. A turn notes that itself."""

    async def told(self, scope: Scope, approval_id: UUID) -> None:
        """Whoever was asked knows how it ended."""

    async def missed(self, limit: int, *, everywhere: bool) -> Sequence[tuple[Scope, UUID]]:
        """In any space, for the sweep: those that wait for more than 5 s and that no workflow
        has looked at (unless `everywhere`, only those with something to do beside a message),
        those that ended and whose people were not told, and reviews that ended unseen."""

    async def woken(self, scope: Scope, approval_id: UUID) -> None:
        """`missed` gives it again after five minutes at the earliest: a wake-up is an event in a
        workflow's history, and the workflow may be waiting for a provider that is away."""
