"""Start an ingestion over the real store, and wait for what it does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.ingestion import IngestionActivities
from activities.ingestion_pictures import PictureActivities
from activities.ingestion_vectors import VectorActivities
from activities.reembedding import ReembeddingActivities
from adapters.embedding.registry import EmbedderRegistry
from adapters.parsing.process import ChildParser
from adapters.pictures.descriptor import ClassicalDescriptor
from adapters.search.vectors import PostgresVectors
from adapters.store.collections import PostgresCollections
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import Document
from domain.ports.model import Embedder
from domain.ports.parsing import Parser
from domain.ports.pictures import Captioner, PictureEmbedder
from domain.ports.web import Fetched, Fetcher
from models.errors import AppError
from models.names import fetching_queue
from models.payloads.ingestion import IngestionResult, IngestionStart
from models.payloads.scope import Scope
from queues.running import workflow_runner
from tests.knowledge.material import USER, HashingEmbedder
from workflows.ingestion import IngestionWorkflow
from workflows.reembedding import ReembeddingWorkflow

Handle = WorkflowHandle[IngestionWorkflow, IngestionResult]


def topics(count: int) -> bytes:
    """A document of so many passages."""
    return "\n\n".join(
        f"# Topic {n}\n\n" + f"Sentence of topic {n} about amber and basalt. " * 25
        for n in range(count)
    ).encode()


# Two of the workflow's batches.
LONG = topics(260)
# Four calls of a provider that takes 16 texts.
SHORT = topics(60)
PATIENCE = 60.0


class OnePage:
    """A fetcher's port, for a site of one page; `errors` come first."""

    def __init__(self, page: Fetched, *errors: AppError) -> None:
        self.page = page
        self.errors = list(errors)
        self.asked: list[str] = []

    async def fetch(self, url: str, *, most_bytes: int, within: timedelta) -> Fetched:
        self.asked.append(url)
        if self.errors:
            raise self.errors.pop(0)
        return self.page


@dataclass
class Intake:
    """What an ingestion reaches: the real store, and what a test puts in the others' places."""

    database: Database
    documents: PostgresDocuments
    embedders: Sequence[Embedder] = field(default_factory=lambda: (HashingEmbedder(batch=16),))
    """The default first."""
    parser: Parser = field(default_factory=ChildParser)
    fetcher: Fetcher = field(default_factory=lambda: OnePage(Fetched("", "", "", b"")))
    pictures: PictureEmbedder = field(default_factory=ClassicalDescriptor)
    captioner: Captioner | None = None

    def worker(self, temporal: Client, queue: str, *, slots: int = 8) -> Worker:
        vectors, registry = PostgresVectors(self.database), EmbedderRegistry(*self.embedders)
        ingestion = self._ingestion()
        embedding = VectorActivities(self.documents, vectors, registry)
        pictures = PictureActivities(self.documents, self.pictures, self.captioner)
        reembedding = ReembeddingActivities(vectors, registry)
        return Worker(
            temporal,
            task_queue=queue,
            workflows=[IngestionWorkflow, ReembeddingWorkflow],
            activities=[
                ingestion.parse,
                ingestion.publish,
                ingestion.fail,
                embedding.embed,
                pictures.describe,
                reembedding.embed,
                reembedding.switch,
            ],
            workflow_runner=workflow_runner(),
            max_concurrent_activities=slots,
            # After a kill the next worker hears of the run this soon.
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        )

    def fetching(self, temporal: Client, queue: str) -> Worker:
        """What fetches for the worker of that queue."""
        activities = [self._ingestion().fetch]
        return Worker(temporal, task_queue=fetching_queue(queue), activities=activities)

    def _ingestion(self) -> IngestionActivities:
        collections = PostgresCollections(self.database)
        return IngestionActivities(
            *(self.documents, collections, self.parser, self.fetcher),
            document_bytes=10_000_000,
            captions=self.captioner is not None,
        )

    @asynccontextmanager
    async def taking_in(
        self, temporal: Client, scope: Scope, document: Document, *, fetch: bool = False
    ) -> AsyncIterator[Handle]:
        queue = str(uuid4())
        async with self.worker(temporal, queue), self.fetching(temporal, queue):
            yield await start(temporal, queue, scope, document, fetch=fetch)

    async def take_in(
        self, temporal: Client, scope: Scope, document: Document, *, fetch: bool = False
    ) -> IngestionResult:
        async with self.taking_in(temporal, scope, document, fetch=fetch) as run:
            return await asyncio.wait_for(run.result(), PATIENCE)


async def add(
    documents: PostgresDocuments, scope: Scope, data: bytes, name: str = "doc.md"
) -> Document:
    document, _ = await documents.add(scope, USER, title="", name=name, media_type="", data=data)
    return document


async def start(
    temporal: Client, queue: str, scope: Scope, document: Document, *, fetch: bool = False
) -> Handle:
    return await temporal.start_workflow(
        IngestionWorkflow.run,
        IngestionStart(
            scope=scope,
            document_id=document.id,
            user_id=USER,
            version=document.version,
            fetch=fetch,
        ),
        id=f"ingestion-{uuid4()}",
        task_queue=queue,
    )
