"""Documents of addresses: through the real fetcher, the child and the store."""

import asyncio
from collections.abc import Mapping

import pytest
from temporalio.client import Client

from adapters.parsing.process import ChildParser
from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import Document
from models.payloads.ingestion import DocumentKey, DocumentStatus, IngestionResult
from models.payloads.scope import Scope
from tests.adapters.web.hurried import Hurried
from tests.adapters.web.inside import canary
from tests.adapters.web.site import Behaviour, Site, fetcher_for, plain, redirect, served
from tests.knowledge.ingesting import PATIENCE, Intake, start
from tests.knowledge.material import USER

HTML = b"<!doctype html><title>Voice</title><main><h1>Tone</h1><p>Warm as amber, never loud.</p>"
HIDDEN = b"User-agent: *\nDisallow: /private/\n"


async def _hang(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


# Failures for good: what a site may mend is tried again for a quarter of an hour.
FAILURES: dict[str, tuple[bytes | Behaviour, str]] = {
    "/forbidden": (plain(b"", status="403 Forbidden"), "url_refused"),
    "/gone": (plain(b"", status="410 Gone"), "url_not_found"),
    "/for-ever": (redirect("/for-ever/more"), "url_redirects"),
    "/for-ever/more": (redirect("/for-ever"), "url_redirects"),
    "/hangs": (_hang, "url_timeout"),
    "/private/plan": (plain(HTML), "url_robots"),
    "/empty": (plain(b""), "document_empty"),
    "/program": (plain(b"\x7fELF\x02\x01\x01" + bytes(99)), "document_type_mismatch"),
    "/large": (plain(b"x" * 1_000_001), "document_too_large"),
    "/inside": (redirect("http://169.254.169.254/latest/meta-data/"), "url_forbidden"),
}


async def _taken_in(
    documents: PostgresDocuments,
    intake: Intake,
    temporal: Client,
    scope: Scope,
    urls: Mapping[str, str],
) -> dict[str, tuple[Document, IngestionResult]]:
    queue = f"fetched-{scope.space_id}"
    async with intake.worker(temporal, queue), intake.fetching(temporal, queue):

        async def one(url: str) -> tuple[Document, IngestionResult]:
            document, _ = await documents.add_url(scope, USER, url=url, title="")
            run = await start(temporal, queue, scope, document, fetch=True)
            result = await asyncio.wait_for(run.result(), PATIENCE)
            return await documents.get(scope, document.id), result

        ended = await asyncio.gather(*(one(url) for url in urls.values()))
    return dict(zip(urls, ended, strict=True))


def _intake(
    database: Database, documents: PostgresDocuments, parser: ChildParser, *sites: Site
) -> Intake:
    return Intake(database, documents, parser=parser, fetcher=fetcher_for(*sites))


async def test_a_page_is_found_by_what_it_says_with_the_address_it_came_from(
    temporal: Client,
    database: Database,
    documents: PostgresDocuments,
    passages: PostgresPassages,
    parser: ChildParser,
    space: Scope,
) -> None:
    pages = {"/old": redirect("/voice.php"), "/voice.php": plain(HTML)}
    async with served({**pages}) as site:
        intake = _intake(database, documents, parser, site)
        ended = await _taken_in(documents, intake, temporal, space, {"/old": site.url("/old")})
        document, result = ended["/old"]
    assert result.status is DocumentStatus.READY
    assert (document.title, document.media_type) == ("Voice", "text/html")
    assert document.name == "voice.php.html"
    key = DocumentKey(scope=space, document_id=document.id)
    assert await documents.original(key) == HTML
    found = await passages.lexical(space, "amber", limit=5)
    loaded = await passages.load(space, [one.passage_id for one in found], query="amber")
    assert [one.passage.source.document_id for one in loaded] == [document.id]
    assert loaded[0].passage.source.url == site.url("/old")


async def test_each_address_that_fails_says_why_on_its_document(
    temporal: Client,
    database: Database,
    documents: PostgresDocuments,
    parser: ChildParser,
    space: Scope,
) -> None:
    pages = {path: answer for path, (answer, _) in FAILURES.items()}
    async with canary() as bird, served({**pages, "/robots.txt": plain(HIDDEN)}) as site:
        urls = {path: site.url(path) for path in FAILURES}
        urls["canary"] = f"http://127.0.0.1:{bird.port}/"
        intake = _intake(database, documents, parser, site)
        # Were robots.txt late as well, the page would be asked for once more.
        intake.fetcher = Hurried(intake.fetcher, urls["/hangs"])
        ended = await _taken_in(documents, intake, temporal, space, urls)
        assert bird.connections == 0
    expected = {path: code for path, (_, code) in FAILURES.items()} | {"canary": "url_forbidden"}
    assert {path: document.error_code for path, (document, _) in ended.items()} == expected
    for document, result in ended.values():
        assert (document.status, result.status) == (DocumentStatus.FAILED, DocumentStatus.FAILED)
        assert document.error_detail
        # Where a name led is the inside's own.
        assert "169.254" not in document.error_detail


@pytest.mark.parametrize("name", ["report", "report.html"])
async def test_a_page_that_lies_about_its_kind_is_read_as_what_it_is(
    temporal: Client,
    database: Database,
    documents: PostgresDocuments,
    parser: ChildParser,
    space: Scope,
    name: str,
) -> None:
    letter = b"From: a@pages.example\r\nSubject: Launch\r\n\r\nThe launch moved to October.\r\n"
    pages = {f"/{name}": plain(letter, media_type="message/rfc822")}
    async with served({**pages}) as site:
        intake = _intake(database, documents, parser, site)
        ended = await _taken_in(documents, intake, temporal, space, {name: site.url(f"/{name}")})
    document, result = ended[name]
    assert (result.error_code, document.media_type) == (None, "message/rfc822")
