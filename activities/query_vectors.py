"""What a question means, in the numbers that its space's passages are measured in."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from activities.outcome import in_time
from domain.ports.model import Purpose
from domain.ports.transcript import UsageEntry
from domain.ports.vectors import Embedders, Vectors
from domain.pricing import priced
from models.errors import ConflictError
from models.payloads.scope import Scope

Result = TypeVar("Result")

# An embedding of more than this is an embedding of nothing in particular.
EMBEDDED_CHARACTERS = 2_000
# Spaces whose vectors are not the default model's, remembered: some 200 bytes each.
REMEMBERED = 10_000


class QueryVectors:
    """Asks the space's model. Nearly every space has the default one, so that is tried first and
    the space is asked only when its vectors turn out to be another's."""

    def __init__(
        self, embedders: Embedders, vectors: Vectors, *, within: timedelta = timedelta(seconds=2)
    ) -> None:
        self._embedders = embedders
        self._vectors = vectors
        self._within = within
        self._other: OrderedDict[UUID, str] = OrderedDict()

    async def use(
        self,
        scope: Scope,
        texts: Sequence[str],
        usage: list[UsageEntry],
        search: Callable[[str, Sequence[Sequence[float]]], Awaitable[Result]],
    ) -> Result | None:
        """Call `search` with the model's name and a vector for each text, and once more when the
        space has changed its model; None when it has no passage yet. `usage` gets what was asked.
        Raises ModelError, UnavailableError embedding_timeout or embedding_model_unknown, and what
        `search` does."""
        name = self._other.get(scope.space_id, self._embedders.default.name)
        try:
            return await search(name, await self._embedded(name, texts, usage))
        except ConflictError as error:
            if error.code != "embedding_model_changed":
                raise
        current = await self._vectors.model(scope)
        if current is None:
            return None
        self._remember(scope.space_id, current)
        return await search(current, await self._embedded(current, texts, usage))

    def _remember(self, space_id: UUID, model: str) -> None:
        self._other.pop(space_id, None)
        if model != self._embedders.default.name:
            self._other[space_id] = model
        while len(self._other) > REMEMBERED:
            self._other.popitem(last=False)

    async def _embedded(
        self, name: str, texts: Sequence[str], usage: list[UsageEntry]
    ) -> list[list[float]]:
        default = self._embedders.default
        embedder = default if default.name == name else self._embedders.named(name)
        cut = [text[:EMBEDDED_CHARACTERS] for text in texts]
        async with in_time(self._within, "embedding_timeout"):
            vectors, used = await embedder.embed(cut, Purpose.QUERY)
        usage.append(priced("embedding", name, used))
        return vectors
