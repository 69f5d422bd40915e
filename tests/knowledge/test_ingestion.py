"""A document is taken in once and whole, or its row says why not."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.worker import Worker

from activities.ingestion import IngestionActivities
from adapters.parsing.process import ChildParser
from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import Document
from models.errors import ModelOverloadedError, ModelRefusedError
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentStatus, IngestionResult
from models.payloads.scope import Scope
from tests.knowledge.conftest import counted
from tests.knowledge.ingesting import LONG, Handle, add, start, until
from tests.knowledge.material import HashingEmbedder, shared, vector_of
from worker import workflow_runner
from workflows.ingestion import IngestionWorkflow


@asynccontextmanager
async def taking_in(
    temporal: Client,
    documents: PostgresDocuments,
    embedder: HashingEmbedder,
    scope: Scope,
    document: Document,
) -> AsyncIterator[Handle]:
    queue = str(uuid4())
    activities = IngestionActivities(documents, embedder, ChildParser())
    async with Worker(
        temporal,
        task_queue=queue,
        workflows=[IngestionWorkflow],
        activities=[activities.parse, activities.embed, activities.publish, activities.fail],
        workflow_runner=workflow_runner(),
    ):
        yield await start(temporal, queue, scope, document)


async def test_a_document_becomes_searchable(
    temporal: Client,
    documents: PostgresDocuments,
    passages: PostgresPassages,
    database: Database,
    space: Scope,
) -> None:
    document = await add(documents, space, LONG)
    embedder = HashingEmbedder(batch=16)

    async with taking_in(temporal, documents, embedder, space, document) as run:
        result = await run.result()

    rows = await counted(database, space, document.id)
    assert result == IngestionResult(status=DocumentStatus.READY, passages=rows["passages"])
    assert rows["passages"] == rows["vectors"] == rows["searchable"] == sum(embedder.calls)
    assert rows["bills"] == len(embedder.calls)
    ready = await documents.get(space, document.id)
    assert (ready.status, ready.progress) == (DocumentStatus.READY, 1.0)
    found = await passages.search(space, "topic 77", vector_of("topic 77"), top_k=1)
    assert found[0].source.heading == "Topic 77"


async def test_an_operator_can_read_what_happens(
    temporal: Client, documents: PostgresDocuments, space: Scope
) -> None:
    document = await add(documents, space, LONG)

    async with taking_in(temporal, documents, HashingEmbedder(), space, document) as run:
        result = await run.result()
        history = await run.fetch_history()

    summaries = [
        event.user_metadata.summary.data.decode().strip('"')
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert summaries == [
        "read the file",
        "embed passages 1 to 96",
        f"embed passages 97 to {result.passages}",
        f"publish {result.passages} passages",
    ]
    assert len(history.events) < 40
    assert sum(event.ByteSize() for event in history.events) < 16_000


async def test_real_documents_go_in(
    temporal: Client, documents: PostgresDocuments, space: Scope
) -> None:
    for path in (
        shared("documents", "docling", "html", "sources") / "wiki_duck.html",
        shared("documents", "docling", "md", "sources") / "wiki.md",
        shared("documents", "docling", "csv", "sources") / "csv-comma.csv",
    ):
        document = await add(documents, space, path.read_bytes(), path.name)
        async with taking_in(temporal, documents, HashingEmbedder(), space, document) as run:
            assert (await run.result()).status is DocumentStatus.READY

    page = await documents.page(space, limit=9, cursor=None)
    assert [document.title for document in page.items] == ["csv-comma", "IBM", "Duck - Wikipedia"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.html", b"<script>only()</script>", "document_without_text"),
        ("a.csv", b"a," * 2_000, "document_too_long"),
        ("a.html", b"<div>" * 30_000 + b"x", "document_parse_failed"),
    ],
)
async def test_a_file_that_cannot_be_read_fails_by_name(
    temporal: Client,
    documents: PostgresDocuments,
    space: Scope,
    name: str,
    data: bytes,
    code: str,
) -> None:
    document = await add(documents, space, data, name)

    async with taking_in(temporal, documents, HashingEmbedder(), space, document) as run:
        result = await run.result()

    failed = await documents.get(space, document.id)
    assert (result.status, result.error_code) == (DocumentStatus.FAILED, code)
    assert (failed.status, failed.error_code) == (DocumentStatus.FAILED, code)
    assert failed.error_detail


async def test_a_busy_provider_is_waited_for_and_paid_once(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    document = await add(documents, space, LONG)
    embedder = HashingEmbedder(batch=16)
    embedder.failures = [ModelOverloadedError("busy", retry_after=0.05) for _ in range(3)]

    async with taking_in(temporal, documents, embedder, space, document) as run:
        result = await run.result()

    rows = await counted(database, space, document.id)
    assert result.status is DocumentStatus.READY
    assert sum(embedder.calls) == rows["passages"]


async def test_a_refusing_provider_ends_it_by_name_and_the_same_bytes_go_on_from_there(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    document = await add(documents, space, LONG)

    class Refusing(HashingEmbedder):
        """Refuses what comes after five calls."""

        async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
            if len(self.calls) == 5:
                raise ModelRefusedError("The key is not valid.")
            return await super().embed(texts)

    first, second = Refusing(batch=16), HashingEmbedder(batch=16)
    async with taking_in(temporal, documents, first, space, document) as run:
        refused = await run.result()
    failed = await documents.get(space, document.id)
    again = await add(documents, space, LONG)
    async with taking_in(temporal, documents, second, space, again) as run:
        result = await run.result()

    assert (refused.error_code, failed.error_code) == ("model_rejected", "model_rejected")
    assert (again.id, again.status) == (document.id, DocumentStatus.QUEUED)
    assert result.status is DocumentStatus.READY
    rows = await counted(database, space, document.id)
    assert sum(first.calls) + sum(second.calls) == rows["passages"]


async def test_a_document_deleted_meanwhile_leaves_nothing(
    temporal: Client, documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    document = await add(documents, space, LONG)
    embedder = HashingEmbedder(batch=16)
    embedder.pause = asyncio.Event()

    async def parsed() -> bool:
        return (await documents.get(space, document.id)).passages > 0

    async with taking_in(temporal, documents, embedder, space, document) as run:
        await until(parsed)
        await documents.delete(space, document.id)
        embedder.pause.set()
        result = await run.result()

    assert (result.status, result.error_code) == (DocumentStatus.FAILED, "document_not_found")
    assert (await counted(database, space, document.id))["passages"] == 0


async def test_a_cancelled_ingestion_says_so(
    temporal: Client, documents: PostgresDocuments, space: Scope
) -> None:
    document = await add(documents, space, LONG)
    embedder = HashingEmbedder(batch=16)
    embedder.pause = asyncio.Event()

    async def parsed() -> bool:
        return (await documents.get(space, document.id)).passages > 0

    async with taking_in(temporal, documents, embedder, space, document) as run:
        await until(parsed)
        await run.cancel()
        with pytest.raises(WorkflowFailureError):
            await run.result()
        embedder.pause.set()

    failed = await documents.get(space, document.id)
    assert (failed.status, failed.error_code) == (DocumentStatus.FAILED, "ingestion_cancelled")


def test_the_workflow_loads_no_parser_and_no_database() -> None:
    heavy = ["bs4", "markdownify", "sqlalchemy", "asyncpg", "openai", "charset_normalizer"]
    code = f"import sys, workflows.ingestion; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.strip() == "[]"
