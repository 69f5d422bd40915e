"""Which model's vectors a space has, and how it gets another's."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.ports.model import Embedder
from domain.ports.transcript import UsageEntry
from models.payloads.scope import Scope


class Vectors(Protocol):
    """Every live passage has a vector of the space's model. While another model's are made
    beside them, searches and new documents keep to the first; the switch is one transaction."""

    async def model(self, scope: Scope) -> str | None:
        """The space's model; None before its first passage."""

    async def missing(
        self, scope: Scope, model: str, after: UUID | None, limit: int
    ) -> Sequence[tuple[UUID, str]]:
        """Live passages without a vector of that model, with the text to embed, by id."""

    async def keep(
        self,
        scope: Scope,
        model: str,
        vectors: Sequence[tuple[UUID, list[float]]],
        usage: UsageEntry | None,
    ) -> None:
        """Keep them beside those in use. Passages that are gone meanwhile are passed over."""

    async def switch(self, scope: Scope, model: str) -> int:
        """Search by this model from now on, and forget the other's vectors. Gives how many live
        passages still lack one: nothing has changed then."""

    async def behind(self, model: str, limit: int) -> Sequence[Scope]:
        """Spaces whose model is another."""


class Embedders(Protocol):
    """Every model that the deployment can ask, by the name that is stored with its vectors."""

    default: Embedder

    def named(self, name: str) -> Embedder:
        """UnavailableError("embedding_model_unknown") for one that is not configured."""
