"""Give a document's passages their vectors."""

from temporalio import activity

from activities.embedding import PassageVectors, made
from activities.failures import reported
from activities.heartbeat import heartbeating
from domain.packing import packed
from domain.ports.knowledge import Documents
from domain.ports.vectors import Embedders, Vectors
from models.payloads.ingestion import EmbedRequest


class VectorActivities:
    """Of the space's model, while another's are made beside it too."""

    def __init__(self, documents: Documents, vectors: Vectors, embedders: Embedders) -> None:
        self._documents = documents
        self._vectors = vectors
        self._embedders = embedders

    @activity.defn(name="ingestion.embed")
    async def embed(self, request: EmbedRequest) -> None:
        """Each call to the provider is stored at once: a retry pays only for what is missing."""
        async with heartbeating():
            with reported():
                key = request.document
                name = await self._vectors.model(key.scope)
                embedder = self._embedders.default if name is None else self._embedders.named(name)
                missing = await self._documents.passages_without_vector(
                    key, embedder.name, request.start, request.count
                )
                for some in packed(
                    missing, lambda one: one[1], most=embedder.batch, tokens=embedder.tokens
                ):
                    vectors: PassageVectors
                    vectors, usage = await made(embedder, some, request.user_id)
                    await self._documents.keep_vectors(key, embedder.name, vectors, usage)
