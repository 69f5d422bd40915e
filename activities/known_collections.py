"""Which collections a search may name."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from uuid import UUID

from domain.ports.knowledge import Collections
from models.payloads.knowledge import DEFAULT_COLLECTION
from models.payloads.scope import Scope

# Only what has no documents can be deleted, so a late answer finds nothing at worst.
SECONDS = 60.0
REMEMBERED = 10_000


class KnownCollections:
    """Remembers those that it has seen: agents name the same ones at every turn."""

    def __init__(
        self, collections: Collections, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._collections = collections
        self._clock = clock
        self._seen: OrderedDict[tuple[UUID, str], float] = OrderedDict()

    async def check(self, scope: Scope, names: Sequence[str]) -> None:
        """NotFoundError collection_not_found."""
        now = self._clock()
        asked = [
            name
            for name in dict.fromkeys(names)
            if name != DEFAULT_COLLECTION
            and now - self._seen.get((scope.space_id, name), float("-inf")) > SECONDS
        ]
        await asyncio.gather(*(self._collections.get(scope, name) for name in asked))
        for name in asked:
            self._seen[scope.space_id, name] = now
            self._seen.move_to_end((scope.space_id, name))
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
