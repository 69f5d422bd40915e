"""Collections in memory."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.ports.knowledge import Collection
from models.errors import ConflictError, LimitError, NotFoundError
from models.payloads.knowledge import DEFAULT_COLLECTION
from models.payloads.scope import Scope
from tests.api.fakes.clock import NOW


class MemoryCollections:
    def __init__(self) -> None:
        self.rows: dict[UUID, dict[str, Collection]] = {}

    def of(self, scope: Scope) -> dict[str, Collection]:
        general = Collection(DEFAULT_COLLECTION, created_at=NOW)
        return self.rows.setdefault(scope.space_id, {DEFAULT_COLLECTION: general})

    async def all(self, scope: Scope) -> Sequence[Collection]:
        return [row for _, row in sorted(self.of(scope).items())]

    async def get(self, scope: Scope, name: str) -> Collection:
        if name not in self.of(scope):
            raise NotFoundError(f"There is no collection {name}.", code="collection_not_found")
        return self.of(scope)[name]

    async def create(self, scope: Scope, collection: Collection) -> Collection:
        mine = self.of(scope)
        if collection.name in mine:
            raise ConflictError("The space has it already.", code="collection_exists")
        if len(mine) >= 100:
            raise LimitError("A space has 100 collections at most.", code="collections_full")
        mine[collection.name] = replace(collection, created_at=NOW)
        return mine[collection.name]

    async def update(self, scope: Scope, collection: Collection) -> Collection:
        await self.get(scope, collection.name)
        self.of(scope)[collection.name] = collection
        return collection

    async def delete(self, scope: Scope, name: str) -> None:
        found = await self.get(scope, name)
        if name == DEFAULT_COLLECTION:
            raise ConflictError("It stays.", code="collection_permanent")
        if found.documents:
            raise ConflictError("It holds documents.", code="collection_not_empty")
        del self.of(scope)[name]
