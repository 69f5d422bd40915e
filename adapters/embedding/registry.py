"""Every embedding model of a deployment, by the name that is stored with its vectors."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Protocol

from adapters.embedding.openai import OpenAIEmbedder
from adapters.llm.connection import Server, client_for
from domain.ports.model import Embedder
from models.errors import UnavailableError


class EmbeddingChoice(Server, Protocol):
    """What the settings say of one model."""

    @property
    def name(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def project(self) -> str: ...
    @property
    def location(self) -> str: ...


class EmbedderRegistry:
    """Implements `domain.ports.vectors.Embedders`. The first is what new spaces get, and what the
    others' are brought to; the rest are those that some spaces still have vectors of."""

    def __init__(self, default: Embedder, *others: Embedder) -> None:
        self.default = default
        self._named = {embedder.name: embedder for embedder in (*others, default)}

    def named(self, name: str) -> Embedder:
        try:
            return self._named[name]
        except KeyError:
            raise UnavailableError(
                f"The embedding model {name[:100]!r}, which this space's vectors are of, is not"
                " configured.",
                code="embedding_model_unknown",
            ) from None


def embedders(
    default: EmbeddingChoice, others: Sequence[EmbeddingChoice], stack: AsyncExitStack
) -> EmbedderRegistry:
    """Connect what the settings name; the stack closes it."""
    return EmbedderRegistry(*(_embedder(choice, stack) for choice in (default, *others)))


def _embedder(choice: EmbeddingChoice, stack: AsyncExitStack) -> Embedder:
    if choice.provider == "vertex":
        return _vertex(choice, stack)
    return OpenAIEmbedder(client_for(choice, stack), choice.name, dimension=choice.dimension)


def _vertex(choice: EmbeddingChoice, stack: AsyncExitStack) -> Embedder:
    # Google's packages take more than a second to import: for those alone who use them.
    from adapters.embedding.vertex import VertexEmbedder  # noqa: PLC0415 -- as said above
    from adapters.vertex import Vertex  # noqa: PLC0415 -- as said above

    vertex = Vertex(choice.project, choice.location)
    stack.push_async_callback(vertex.close)
    return VertexEmbedder(vertex, choice.name, dimension=choice.dimension)
