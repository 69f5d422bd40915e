"""A document is taken in once and whole, or its row says why not."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError

from adapters.parsing.process import ChildParser
from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ingestion_advice import advised
from domain.ports.model import Purpose
from domain.ports.web import Fetched
from models.errors import (
    AppError,
    InvalidError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelRefusedError,
    UnavailableError,
)
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentKey, DocumentStatus, IngestionResult
from models.payloads.scope import Scope
from tests.knowledge.conftest import counted
from tests.knowledge.ingesting import LONG, PATIENCE, SHORT, Intake, OnePage, add, start
from tests.knowledge.material import USER, HashingEmbedder, shared, vector_of
from tests.waiting import until

NewIntake = Callable[..., Intake]
URL = "https://example.com/brand.html"
PAGE = Fetched(URL, "text/html", "brand.html", b"<title>Brand</title><h1>Voice</h1><p>Warm.</p>")


@pytest.fixture(scope="session")
def intake(database: Database, documents: PostgresDocuments) -> NewIntake:
    parser = ChildParser()  # its first child costs seconds

    def make(*embedders: HashingEmbedder, **others: object) -> Intake:
        chosen = embedders or (HashingEmbedder(batch=16),)
        return Intake(database, documents, chosen, parser, **others)  # type: ignore[arg-type]  # its fields

    return make


async def test_a_document_becomes_searchable(
    temporal: Client,
    documents: PostgresDocuments,
    intake: NewIntake,
    passages: PostgresPassages,
    database: Database,
    space: Scope,
) -> None:
    document = await add(documents, space, SHORT)
    embedder = HashingEmbedder(batch=16)

    result = await intake(embedder).take_in(temporal, space, document)

    rows = await counted(database, space, document.id)
    assert result == IngestionResult(status=DocumentStatus.READY, passages=rows["passages"])
    assert rows["passages"] == rows["vectors"] == rows["searchable"] == sum(embedder.calls)
    assert rows["bills"] == len(embedder.calls)
    ready = await documents.get(space, document.id)
    assert (ready.status, ready.progress, ready.live_version) == (DocumentStatus.READY, 1.0, 1)
    assert ready.embedded == ready.passages == rows["passages"]
    found = await passages.semantic(space, vector_of("topic 37"), model=embedder.name, limit=1)
    [loaded] = await passages.load(space, [found[0].passage_id], query="topic 37")
    assert loaded.passage.source.heading == "Topic 37"


async def test_an_operator_can_read_what_happens(
    temporal: Client, documents: PostgresDocuments, intake: NewIntake, space: Scope
) -> None:
    document = await add(documents, space, LONG)

    async with intake(HashingEmbedder()).taking_in(temporal, space, document) as run:
        result = await run.result()
        history = await run.fetch_history()

    summaries = [
        event.user_metadata.summary.data.decode().strip('"')
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert summaries == [
        "read the file",
        "embed passages 1 to 250",
        f"embed passages 251 to {result.passages}",
        f"publish {result.passages} passages",
    ]
    assert len(history.events) < 40
    assert sum(event.ByteSize() for event in history.events) < 16_000


async def test_real_documents_go_in(
    temporal: Client, documents: PostgresDocuments, intake: NewIntake, space: Scope
) -> None:
    for path in (
        shared("documents", "docling", "html", "sources") / "wiki_duck.html",
        shared("documents", "docling", "md", "sources") / "wiki.md",
        shared("documents", "docling", "csv", "sources") / "csv-comma.csv",
    ):
        document = await add(documents, space, path.read_bytes(), path.name)
        result = await intake().take_in(temporal, space, document)
        assert result.status is DocumentStatus.READY

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
    intake: NewIntake,
    space: Scope,
    name: str,
    data: bytes,
    code: str,
) -> None:
    document = await add(documents, space, data, name)

    result = await intake().take_in(temporal, space, document)

    failed = await documents.get(space, document.id)
    assert (result.status, result.error_code) == (DocumentStatus.FAILED, code)
    assert (failed.status, failed.error_code) == (DocumentStatus.FAILED, code)
    assert failed.error_detail


async def test_a_page_is_fetched_and_taken_in_under_the_address_it_was_found_at(
    temporal: Client, documents: PostgresDocuments, intake: NewIntake, space: Scope
) -> None:
    document, _ = await documents.add_url(space, USER, url=URL, title="")
    away = UnavailableError("The site is busy.", code="url_unavailable", retry_after=0.05)
    site = OnePage(PAGE, away)

    result = await intake(fetcher=site).take_in(temporal, space, document, fetch=True)

    ready = await documents.get(space, document.id)
    assert result.status is DocumentStatus.READY
    assert (ready.title, ready.name, ready.url) == ("Brand", "brand.html", URL)
    assert site.asked == [URL, URL]
    assert await documents.original(_key(space, ready.id)) == PAGE.data


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidError("It leads inside.", code="url_forbidden"), "url_forbidden"),
        (InvalidError("There is no such page.", code="url_not_found"), "url_not_found"),
    ],
)
async def test_a_page_that_cannot_be_fetched_fails_by_name(
    temporal: Client,
    documents: PostgresDocuments,
    intake: NewIntake,
    space: Scope,
    error: AppError,
    code: str,
) -> None:
    document, _ = await documents.add_url(space, USER, url=URL, title="")
    site = OnePage(PAGE, error)

    failed = await intake(fetcher=site).take_in(temporal, space, document, fetch=True)
    shown = await documents.get(space, document.id)
    again, _ = await documents.add_url(space, USER, url=URL, title="")
    result = await intake(fetcher=site).take_in(temporal, space, again, fetch=True)

    assert (failed.error_code, shown.error_code) == (code, code)
    assert shown.error_detail == advised(code, error.detail) != error.detail
    assert (again.id, result.status) == (document.id, DocumentStatus.READY)


async def test_a_new_version_takes_the_old_ones_place_and_only_what_is_new_is_paid(
    temporal: Client,
    documents: PostgresDocuments,
    intake: NewIntake,
    passages: PostgresPassages,
    space: Scope,
) -> None:
    document = await add(documents, space, b"# One\n\nAmber.\n")
    await intake().take_in(temporal, space, document)
    newer, _ = await documents.replace(
        space, USER, document.id, name="b.md", media_type="", data=b"# One\n\nBasalt.\n"
    )
    during = await passages.lexical(space, "amber", limit=5)
    result = await intake().take_in(temporal, space, newer)

    assert (newer.version, result.status) == (2, DocumentStatus.READY)
    assert len(during) == 1
    assert not await passages.lexical(space, "amber", limit=5)
    assert len(await passages.lexical(space, "basalt", limit=5)) == 1


async def test_an_ingestion_that_a_newer_version_overtakes_ends_quietly(
    temporal: Client, documents: PostgresDocuments, intake: NewIntake, space: Scope
) -> None:
    document = await add(documents, space, SHORT)
    slow = HashingEmbedder(batch=16)
    slow.pause = asyncio.Event()

    async with intake(slow).taking_in(temporal, space, document) as run:
        await until(lambda: _parsed(documents, space, document.id))
        newer, _ = await documents.replace(
            space, USER, document.id, name="b.md", media_type="", data=b"# New\n\nBasalt.\n"
        )
        second = await intake().take_in(temporal, space, newer)
        slow.pause.set()
        first = await asyncio.wait_for(run.result(), PATIENCE)

    ready = await documents.get(space, document.id)
    assert first.error_code == "document_not_found"
    assert second.status is DocumentStatus.READY
    assert (ready.status, ready.error_code, ready.live_version) == (DocumentStatus.READY, None, 2)


async def test_a_busy_provider_is_waited_for_and_paid_once(
    temporal: Client,
    documents: PostgresDocuments,
    intake: NewIntake,
    database: Database,
    space: Scope,
) -> None:
    document = await add(documents, space, SHORT)
    embedder = HashingEmbedder(batch=16)
    embedder.failures = [ModelOverloadedError("busy", retry_after=0.05) for _ in range(3)]

    result = await intake(embedder).take_in(temporal, space, document)

    rows = await counted(database, space, document.id)
    assert result.status is DocumentStatus.READY
    assert sum(embedder.calls) == rows["passages"]


class Failing(HashingEmbedder):
    """Fails with one error from the third call on."""

    def __init__(self, error: AppError) -> None:
        super().__init__(batch=16)
        self.error = error
        self.refused = 0

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT
    ) -> tuple[list[list[float]], Usage]:
        if len(self.calls) == 2:
            self.refused += 1
            raise self.error
        return await super().embed(texts, purpose)


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (ModelRefusedError("The key is not valid.", code="model_key_rejected"), 1),
        # The dimension is wrong, NaN, fewer than asked: adapters say so with this one error.
        (ModelGarbledError("A vector has the shape (2,).", retry_after=0.01), 4),
    ],
)
async def test_a_provider_that_fails_ends_it_by_name_and_the_same_bytes_go_on_from_there(
    temporal: Client,
    documents: PostgresDocuments,
    intake: NewIntake,
    database: Database,
    space: Scope,
    error: AppError,
    attempts: int,
) -> None:
    document = await add(documents, space, SHORT)
    first, second = Failing(error), HashingEmbedder(batch=16)

    failed = await intake(first).take_in(temporal, space, document)
    shown = await documents.get(space, document.id)
    again = await add(documents, space, SHORT)
    result = await intake(second).take_in(temporal, space, again)

    assert (failed.error_code, shown.error_code) == (error.code, error.code)
    assert shown.error_detail == advised(error.code, error.detail) != error.detail
    assert first.refused == attempts
    assert (again.id, again.status) == (document.id, DocumentStatus.QUEUED)
    assert result.status is DocumentStatus.READY
    rows = await counted(database, space, document.id)
    assert sum(first.calls) + sum(second.calls) == rows["passages"]
    assert rows["bills"] == len(first.calls) + len(second.calls)


async def test_a_batch_is_cut_where_a_call_would_have_too_many_tokens(
    temporal: Client, documents: PostgresDocuments, intake: NewIntake, space: Scope
) -> None:
    document = await add(documents, space, SHORT)
    embedder = HashingEmbedder(batch=250)
    embedder.tokens = 2_000

    result = await intake(embedder).take_in(temporal, space, document)

    assert result.status is DocumentStatus.READY
    assert sum(embedder.calls) == result.passages
    assert 1 < max(embedder.calls) < 20


async def test_a_document_deleted_meanwhile_leaves_nothing(
    temporal: Client,
    documents: PostgresDocuments,
    intake: NewIntake,
    database: Database,
    space: Scope,
) -> None:
    document = await add(documents, space, SHORT)
    embedder = HashingEmbedder(batch=16)
    embedder.pause = asyncio.Event()

    async with intake(embedder).taking_in(temporal, space, document) as run:
        await until(lambda: _parsed(documents, space, document.id))
        await documents.delete(space, document.id)
        embedder.pause.set()
        result = await asyncio.wait_for(run.result(), PATIENCE)

    assert (result.status, result.error_code) == (DocumentStatus.FAILED, "document_not_found")
    rows = await counted(database, space, document.id)
    assert (rows["passages"], rows["vectors"], rows["searchable"]) == (0, 0, 0)


async def test_two_ingestions_of_one_document_do_no_harm(
    temporal: Client,
    documents: PostgresDocuments,
    intake: NewIntake,
    database: Database,
    space: Scope,
) -> None:
    """A sweep may start one again that had only been slow."""
    document, here, queue = await add(documents, space, SHORT), intake(), str(uuid4())
    async with here.worker(temporal, queue):
        runs = [await start(temporal, queue, space, document) for _ in range(2)]
        results = await asyncio.gather(*(run.result() for run in runs))

    rows = await counted(database, space, document.id)
    assert {result.status for result in results} == {DocumentStatus.READY}
    assert rows["passages"] == rows["vectors"] == rows["searchable"]


async def test_a_cancelled_ingestion_says_so(
    temporal: Client, documents: PostgresDocuments, intake: NewIntake, space: Scope
) -> None:
    document = await add(documents, space, SHORT)
    embedder = HashingEmbedder(batch=16)
    embedder.pause = asyncio.Event()

    async with intake(embedder).taking_in(temporal, space, document) as run:
        await until(lambda: _parsed(documents, space, document.id))
        await run.cancel()
        with pytest.raises(WorkflowFailureError):
            await run.result()
        embedder.pause.set()

    failed = await documents.get(space, document.id)
    assert (failed.status, failed.error_code) == (DocumentStatus.FAILED, "ingestion_cancelled")


async def _parsed(documents: PostgresDocuments, scope: Scope, document_id: UUID) -> bool:
    return (await documents.get(scope, document_id)).passages > 0


def _key(scope: Scope, document_id: UUID) -> DocumentKey:
    return DocumentKey(scope=scope, document_id=document_id)


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
