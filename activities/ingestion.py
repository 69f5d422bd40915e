"""Take a document in: read it, embed its passages, publish them together."""

from temporalio import activity

from activities.failures import reported
from activities.heartbeat import heartbeating
from domain.parsing.naming import display_title
from domain.ports.knowledge import Documents
from domain.ports.model import Embedder
from domain.ports.parsing import Parser
from domain.ports.transcript import UsageEntry
from domain.pricing import PRICE_VERSION, cost
from models.payloads.ingestion import (
    DocumentKey,
    DocumentStatus,
    EmbedRequest,
    IngestionFailure,
    Parsed,
)


class IngestionActivities:
    """Each may run again at any point: what is stored is found, and not done twice."""

    def __init__(self, documents: Documents, embedder: Embedder, parser: Parser) -> None:
        self._documents = documents
        self._embedder = embedder
        self._parser = parser

    @activity.defn(name="ingestion.parse")
    async def parse(self, key: DocumentKey) -> Parsed:
        async with heartbeating():
            with reported():
                scope, document_id = key.scope, key.document_id
                await self._documents.finish(scope, document_id, DocumentStatus.PROCESSING)
                document = await self._documents.get(scope, document_id)
                original = await self._documents.original(scope, document_id)
                parsed = await self._parser.parse(document.media_type, original)
                # A title that a person gave stands; one made from the name gives way.
                unnamed = document.title == display_title("", document.name)
                title = parsed.title if unnamed and parsed.title else document.title
                await self._documents.keep_passages(scope, document_id, title, parsed.passages)
                return Parsed(passages=len(parsed.passages))

    @activity.defn(name="ingestion.embed")
    async def embed(self, request: EmbedRequest) -> None:
        """Each call to the provider is stored at once: a retry pays only for what is missing."""
        async with heartbeating():
            with reported():
                key, batch = request.document, self._embedder.batch
                for start in range(request.start, request.start + request.count, batch):
                    count = min(batch, request.start + request.count - start)
                    await self._embed(request, key, start, count)

    async def _embed(self, request: EmbedRequest, key: DocumentKey, start: int, count: int) -> None:
        missing = await self._documents.passages_without_vector(
            key.scope, key.document_id, start, count
        )
        if not missing:
            return
        vectors, usage = await self._embedder.embed([text for _, text in missing])
        model = self._embedder.name
        await self._documents.keep_vectors(
            key.scope,
            key.document_id,
            model,
            [(passage, vector) for (passage, _), vector in zip(missing, vectors, strict=True)],
            UsageEntry(
                model=model,
                kind="embedding",
                usage=usage,
                first_token_ms=None,
                cost_usd=cost(model, usage),
                price_version=PRICE_VERSION,
                user_id=request.user_id,
            ),
        )

    @activity.defn(name="ingestion.publish")
    async def publish(self, key: DocumentKey) -> None:
        async with heartbeating():
            with reported():
                await self._documents.finish(key.scope, key.document_id, DocumentStatus.READY)

    @activity.defn(name="ingestion.fail")
    async def fail(self, failure: IngestionFailure) -> None:
        key = failure.document
        with reported():
            await self._documents.finish(
                key.scope,
                key.document_id,
                DocumentStatus.FAILED,
                error_code=failure.code,
                error_detail=failure.detail,
            )
