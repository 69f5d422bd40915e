"""Fakes for what stands beside conversations; the real ones are tried over the real store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.ports.accounts import By, Group, Sum
from domain.ports.conversations import Page
from domain.ports.feedback import FeedbackItem
from domain.ports.inspection import TurnItem, TurnReport
from domain.ports.remarks import Opinion, Opinions, Rating, Remarks
from domain.ports.shares import NewShare, Share, SharedPath
from models.errors import NotFoundError
from models.payloads.scope import Scope


class NoRemarks:
    """What a test put beside messages, for whoever reads."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Remarks] = {}

    async def of(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_ids: Collection[UUID],
        *,
        user_id: UUID,
    ) -> Mapping[UUID, Remarks]:
        return {one: self.kept[one] for one in message_ids if one in self.kept}


class MemoryFeedback:
    def __init__(self) -> None:
        self.given: dict[tuple[UUID, UUID], Opinion] = {}

    async def give(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_id: UUID,
        opinion: Opinion,
        *,
        by: UUID,
    ) -> Opinions:
        self.given[message_id, by] = opinion
        said = [one.rating for (about, _), one in self.given.items() if about == message_id]
        return Opinions(said.count(Rating.UP), said.count(Rating.DOWN), opinion)

    async def take_back(
        self, scope: Scope, conversation_id: UUID, message_id: UUID, *, by: UUID
    ) -> None:
        self.given.pop((message_id, by), None)

    async def page(
        self,
        scope: Scope,
        *,
        rating: Rating | None,
        since: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> Page[FeedbackItem]:
        return Page([], None)


class MemoryShares:
    """Knows the links that a test put here."""

    def __init__(self) -> None:
        self.kept: dict[str, SharedPath | Exception] = {}

    async def create(self, scope: Scope, conversation_id: UUID, new: NewShare) -> tuple[str, Share]:
        raise NotImplementedError

    async def page(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[Share]:
        return Page([], None)

    async def revoke(
        self, scope: Scope, conversation_id: UUID, share_id: UUID, *, by: UUID, anybodys: bool
    ) -> None:
        raise NotImplementedError

    async def read(self, token: str, *, limit: int, cursor: str | None) -> SharedPath:
        found = self.kept.get(token)
        if found is None:
            raise NotFoundError("There is no such link.", code="share_not_found")
        if isinstance(found, Exception):
            raise found
        return found

    async def viewed(self, scope: Scope, views: Mapping[UUID, int]) -> None:
        return


class NoInspection:
    """There are no turns."""

    async def turns(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[TurnItem]:
        return Page([], None)

    async def report(self, scope: Scope, conversation_id: UUID, turn_id: UUID | None) -> TurnReport:
        raise NotFoundError("There is no such turn.", code="turn_not_found")


class NoAccounts:
    """Nothing was used."""

    async def of_conversation(self, scope: Scope, conversation_id: UUID) -> tuple[Sum, Sum]:
        nothing = Sum(0, 0, 0, 0, 0, Decimal(0), 0)
        return nothing, nothing

    async def grouped(
        self, scope: Scope, since: datetime, until: datetime, by: By
    ) -> Sequence[Group]:
        return []
