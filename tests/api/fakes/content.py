"""A Contents of one process."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

from domain.ports.content import Author, ContentItem, ContentState, ContentVersion
from domain.ports.conversations import Page
from models.errors import ConflictError, NotFoundError
from models.payloads.policy import Asking
from models.payloads.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class MemoryContents:
    def __init__(self) -> None:
        self.items: dict[tuple[UUID, UUID], ContentItem] = {}

    async def create(
        self, scope: Scope, *, item_id: UUID, kind: str, title: str, text: str, author: Author
    ) -> ContentItem:
        item = ContentItem(
            id=item_id,
            kind=kind,
            agent=author.agent,
            state=ContentState.DRAFT,
            versions=(ContentVersion(1, title, text, author.user_id, author.turn_id, NOW),),
            review_id=None,
            document_id=None,
            created_at=NOW,
        )
        found = self.items.setdefault((scope.space_id, item_id), item)
        made = found.kind, found.agent, found.versions[0]
        if made != (item.kind, item.agent, item.versions[0]):
            raise ConflictError("Another item has this id.", code="content_exists")
        return found

    async def get(self, scope: Scope, item_id: UUID) -> ContentItem:
        found = self.items.get((scope.space_id, item_id))
        if found is None:
            raise NotFoundError("There is no such content item.", code="content_not_found")
        return found

    async def page(
        self, scope: Scope, *, state: ContentState | None, limit: int, cursor: str | None
    ) -> Page[ContentItem]:
        mine: Sequence[ContentItem] = [
            item for (space, _), item in self.items.items() if space == scope.space_id
        ]
        return Page([item for item in mine if state in {None, item.state}][:limit], None)

    async def revise(
        self, scope: Scope, item_id: UUID, *, expected: int, title: str, text: str, author: Author
    ) -> ContentItem:
        item = await self.get(scope, item_id)
        if item.state is ContentState.IN_REVIEW:
            raise ConflictError("It is in review.", code="content_in_review")
        if item.newest.number != expected:
            raise ConflictError("It has changed.", code="content_changed")
        version = ContentVersion(expected + 1, title, text, author.user_id, author.turn_id, NOW)
        return self._keep(
            scope, replace(item, state=ContentState.DRAFT, versions=(*item.versions, version))
        )

    async def submit(
        self, scope: Scope, item_id: UUID, *, by: UUID, asking: Asking, expected: int | None = None
    ) -> ContentItem:
        item = await self.get(scope, item_id)
        if item.state is ContentState.IN_REVIEW:
            raise ConflictError("It is in review.", code="content_in_review")
        if expected not in {None, item.newest.number}:
            raise ConflictError("It has changed.", code="content_changed")
        review = uuid5(item_id, "review")
        return self._keep(scope, replace(item, state=ContentState.IN_REVIEW, review_id=review))

    async def settle(self, scope: Scope, item_id: UUID, review_id: UUID) -> ContentItem:
        return await self.get(scope, item_id)

    async def published(
        self, scope: Scope, item_id: UUID, *, version: int, document_id: UUID
    ) -> None:
        item = await self.get(scope, item_id)
        self._keep(scope, replace(item, published_version=version, document_id=document_id))

    def _keep(self, scope: Scope, item: ContentItem) -> ContentItem:
        self.items[scope.space_id, item.id] = item
        return item
