"""A document is taken in once and whole, or its row says why not."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.ingestion import IngestionActivities
from adapters.parsing.process import ChildParser
from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import Document
from local.stack import Stack
from models.errors import ModelOverloadedError, ModelRefusedError
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentStatus, IngestionResult, IngestionStart
from models.payloads.scope import Scope
from tests.knowledge.conftest import counted
from tests.knowledge.material import USER, HashingEmbedder, shared, vector_of
from workflows.ingestion import IngestionWorkflow

Handle = WorkflowHandle[IngestionWorkflow, IngestionResult]

# About 130 passages: two of the workflow's batches, and nine of a provider that takes 16.
LONG = "\n\n".join(
    f"# Topic {n}\n\n" + f"Sentence of topic {n} about amber and basalt. " * 25 for n in range(130)
).encode()
PATIENCE = 60.0


@pytest.fixture(scope="session")
async def temporal(stack: Stack) -> Client:
    return await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 -- a database row is watched
            await asyncio.sleep(0.02)


async def add(
    documents: PostgresDocuments, scope: Scope, data: bytes, name: str = "doc.md"
) -> Document:
    document, _ = await documents.add(scope, USER, title="", name=name, media_type="", data=data)
    return document


async def start(temporal: Client, queue: str, scope: Scope, document: Document) -> Handle:
    return await temporal.start_workflow(
        IngestionWorkflow.run,
        IngestionStart(scope=scope, document_id=document.id, user_id=USER),
        id=f"ingestion-{uuid4()}",
        task_queue=queue,
    )


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


class Killable:
    """A worker in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        assert process.stdout is not None
        self._out = process.stdout

    @classmethod
    async def start(cls, address: str, database_url: str, queue: str, pause: float) -> "Killable":
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.knowledge.worker_process"),
                *(address, database_url, queue, str(pause)),
                cwd=Path(__file__).parents[2],
                stdout=asyncio.subprocess.PIPE,
            )
        )

    async def batch(self) -> int:
        """Size of the next batch that it asks its embedder for."""
        async with asyncio.timeout(PATIENCE):
            return int(await self._out.readline())

    async def kill(self) -> list[int]:
        """SIGKILL; gives the sizes of the batches that were not read yet."""
        self._process.kill()
        rest = await self._out.read()
        await self._process.wait()
        return [int(line) for line in rest.split()]


async def test_a_killed_worker_costs_one_batch_and_doubles_nothing(
    stack: Stack,
    temporal: Client,
    documents: PostgresDocuments,
    database: Database,
    space: Scope,
) -> None:
    document, queue = await add(documents, space, LONG), str(uuid4())
    first = await Killable.start(stack.temporal_address, stack.database_url, queue, 0.3)
    try:
        run = await start(temporal, queue, space, document)
        asked = [await first.batch() for _ in range(3)]
    finally:
        asked += await first.kill()
    kept = await counted(database, space, document.id)
    second = await Killable.start(stack.temporal_address, stack.database_url, queue, 0.0)
    try:
        result = await asyncio.wait_for(run.result(), PATIENCE)
    finally:
        again = await second.kill()

    rows = await counted(database, space, document.id)
    assert result.status is DocumentStatus.READY
    assert rows["passages"] == rows["vectors"] == rows["searchable"] == result.passages
    assert 0 < kept["vectors"] < rows["passages"]
    # What was stored before the kill is not asked for again: only the batch in flight is.
    assert sum(again) == rows["passages"] - kept["vectors"]
    assert sum(asked) - kept["vectors"] <= 16
    assert await _searchable_ids(database, space) == rows["passages"]


async def _searchable_ids(database: Database, scope: Scope) -> int:
    async with database.transaction(scope) as session:
        row = await session.first(
            "SELECT count(DISTINCT text) AS count FROM passage WHERE space_id = $1 AND searchable",
            scope.space_id,
        )
    assert row is not None
    return int(row["count"])


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
