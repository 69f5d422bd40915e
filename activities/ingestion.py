"""Take a document in: fetch it, read it, publish its passages together."""

from datetime import timedelta

from temporalio import activity

from activities.failures import reported
from activities.heartbeat import heartbeating
from domain.ingestion_advice import advised
from domain.picture_places import with_places
from domain.ports.knowledge import Collections, Documents
from domain.ports.parsing import Parser
from domain.ports.web import Fetcher
from models.errors import InvalidError
from models.payloads.ingestion import (
    DocumentKey,
    DocumentStatus,
    IngestionFailure,
    Parsed,
)

# A page is there within seconds; a large file of a slow site takes longer.
FETCH_TIME = timedelta(minutes=1)
# Many are fetched at once, each held twice on its way: less than what may be uploaded.
PAGE_BYTES = 20 * 1024 * 1024
# An activity's share: 20,000 passages, the most a document has, are 80 activities of it.
PASSAGES_PER_BATCH = 250


class IngestionActivities:
    """Each may run again at any point: what is stored is found, and not done twice."""

    def __init__(
        self,
        documents: Documents,
        collections: Collections,
        parser: Parser,
        fetcher: Fetcher,
        *,
        document_bytes: int,
        captions: bool = False,
    ) -> None:
        """`document_bytes` is the most that an address may give. With `captions`, a vision model
        will say something of each picture."""
        self._documents = documents
        self._collections = collections
        self._parser = parser
        self._fetcher = fetcher
        self._document_bytes = document_bytes
        self._captions = captions

    @activity.defn(name="ingestion.fetch")
    async def fetch(self, key: DocumentKey) -> None:
        async with heartbeating():
            with reported():
                await self._documents.finish(key, DocumentStatus.PROCESSING)
                document = await self._documents.get(key.scope, key.document_id)
                if document.url is None:
                    raise InvalidError("It came from no address.", code="document_without_url")
                page = await self._fetcher.fetch(
                    document.url,
                    most_bytes=min(PAGE_BYTES, self._document_bytes),
                    within=FETCH_TIME,
                )
                await self._documents.keep_original(
                    key,
                    name=page.name,
                    media_type=page.media_type,
                    data=page.data,
                    url=page.url,
                )

    @activity.defn(name="ingestion.parse")
    async def parse(self, key: DocumentKey) -> Parsed:
        async with heartbeating():
            with reported():
                await self._documents.finish(key, DocumentStatus.PROCESSING)
                document = await self._documents.get(key.scope, key.document_id)
                collection = await self._collections.get(key.scope, document.collection)
                parsed = await self._parser.parse(
                    document.media_type,
                    await self._documents.original(key),
                    name=document.name,
                    chunking=collection.chunking,
                )
                if self._captions:
                    parsed = with_places(parsed)
                await self._documents.keep_passages(
                    key,
                    parsed.title,
                    parsed.passages,
                    pictures=parsed.pictures,
                    metadata=parsed.metadata,
                )
                return Parsed(
                    passages=len(parsed.passages),
                    pictures=len(parsed.pictures),
                    batch=PASSAGES_PER_BATCH,
                )

    @activity.defn(name="ingestion.publish")
    async def publish(self, key: DocumentKey) -> None:
        async with heartbeating():
            with reported():
                await self._documents.finish(key, DocumentStatus.READY)

    @activity.defn(name="ingestion.fail")
    async def fail(self, failure: IngestionFailure) -> None:
        with reported():
            await self._documents.finish(
                failure.document,
                DocumentStatus.FAILED,
                error_code=failure.code,
                error_detail=advised(failure.code, failure.detail),
            )
