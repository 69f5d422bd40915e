"""One call for passages' vectors."""

from collections.abc import Sequence
from uuid import UUID

from temporalio import activity

from domain.ports.model import Embedder, Purpose
from domain.ports.transcript import UsageEntry
from domain.pricing import priced
from models.errors import ModelGarbledError

# A model that answers nonsense costs money each time it is asked, and rarely stops by itself.
GARBLED_ATTEMPTS = 4

PassageVectors = Sequence[tuple[UUID, list[float]]]


async def made(
    embedder: Embedder, passages: Sequence[tuple[UUID, str]], user_id: UUID | None
) -> tuple[PassageVectors, UsageEntry]:
    """Each passage's vector, in order, and what the call cost. Raises ModelError."""
    try:
        vectors, usage = await embedder.embed([text for _, text in passages], Purpose.DOCUMENT)
    except ModelGarbledError as error:
        error.retryable = activity.info().attempt < GARBLED_ATTEMPTS
        raise
    kept = [(passage, vector) for (passage, _), vector in zip(passages, vectors, strict=True)]
    return kept, priced("embedding", embedder.name, usage, user_id)
