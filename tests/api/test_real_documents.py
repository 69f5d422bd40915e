"""Documents, collections and searches over HTTP and real stores; a worker only where it is said."""

import asyncio
import base64
import io
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
from openai import AsyncOpenAI
from PIL import Image
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from adapters.embedding.openai import OpenAIEmbedder
from adapters.originals.store import originals_at
from adapters.parsing.process import ChildParser
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from local.stack import Stack
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.scope import Scope
from tests.api.real import QUEUE, address, client, originals, signed_in
from tests.api.stream import Reading
from tests.knowledge.ingesting import Intake

__all__ = ["address", "client", "originals"]
DOCUMENT_ROUTES: tuple[tuple[str, str, object], ...] = (
    *(("GET", path, None) for path in ("", "/events", "/original")),
    ("PUT", "", {"text": "mine"}),
    ("PATCH", "", {"title": "mine"}),
    ("POST", "/refresh", None),
    ("DELETE", "", None),
)


async def test_a_document_is_stored_once_and_its_ingestion_waits_for_a_worker(
    client: httpx2.AsyncClient,
) -> None:
    headers = signed_in(uuid4(), uuid4())
    answers = await asyncio.gather(
        *(
            client.post(
                "/v1/documents", files={"file": (f"{n}.md", b"# Brand", "")}, headers=headers
            )
            for n in range(10)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
    listed = (await client.get("/v1/documents", headers=headers)).json()["items"]
    assert [row["status"] for row in listed] == ["queued"]


async def test_collections_and_the_profile_are_the_spaces_own(client: httpx2.AsyncClient) -> None:
    headers, others = signed_in(uuid4(), uuid4()), signed_in(uuid4(), uuid4())
    brand = {"name": "brand", "chunking": {"chunker": "fixed", "size": 500, "overlap": 50}}
    made = await client.post("/v1/collections", json=brand, headers=headers)
    assert (made.status_code, made.json()["chunking"]) == (201, brand["chunking"])
    again = await client.post("/v1/collections", json=brand, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "collection_exists")
    copy = await client.post(
        "/v1/collections", json=brand, headers={**headers, "idempotency-key": "one"}
    )
    assert (copy.status_code, copy.json()) == (200, made.json())
    url = made.headers["location"]
    changed = await client.patch(url, json={"recency_days": 30}, headers=headers)
    assert changed.json() == {**made.json(), "recency_days": 30.0}
    assert (await client.get(url, headers=others)).json()["code"] == "collection_not_found"
    body = {"text": "# A", "collection": "brand"}
    foreign = await client.post("/v1/documents", json=body, headers=others)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "collection_not_found")
    await client.post("/v1/documents", json=body, headers=headers)
    held = await client.delete(url, headers=headers)
    assert (held.status_code, held.json()["code"]) == (409, "collection_not_empty")
    for who, text in ((headers, "We sell bicycles."), (others, "")):
        await client.put("/v1/space/profile", json={"text": text}, headers=who)
    profile = await client.get("/v1/space/profile", headers=headers)
    assert profile.json() == {"text": "We sell bicycles."}


async def test_a_document_is_described_replaced_refreshed_and_removed(
    client: httpx2.AsyncClient,
) -> None:
    headers = signed_in(uuid4(), uuid4())
    said = {"author": "Ada", "language": "en", "published_on": "2026-03-01", "keywords": ["tone"]}
    made = await client.post(
        "/v1/documents", json={"text": "# A", "title": "A", **said}, headers=headers
    )
    assert made.status_code == 202, made.json()
    assert {name: made.json()[name] for name in said} == said
    url = made.headers["location"]
    changed = await client.patch(url, json={"title": "B", "author": None}, headers=headers)
    assert (changed.json()["title"], changed.json()["author"]) == ("B", None)
    assert changed.json()["keywords"] == ["tone"]
    file = {"file": ("b.md", b"# B", "text/markdown")}
    replaced = await client.put(url, files=file, headers=headers)
    assert (replaced.status_code, replaced.json()["version"]) == (202, 2)
    same = await client.put(url, files=file, headers=headers)
    assert (same.status_code, same.json()["version"]) == (200, 2)
    original = await client.get(f"{url}/original", headers=headers)
    assert (original.status_code, original.content) == (200, b"# B")
    other = await client.post("/v1/documents", json={"text": "# C"}, headers=headers)
    taken = await client.put(other.headers["location"], files=file, headers=headers)
    assert (taken.status_code, taken.json()["code"]) == (409, "document_exists")
    none = await client.post(f"{url}/refresh", headers=headers)
    assert (none.status_code, none.json()["code"]) == (422, "document_without_url")
    assert (await client.delete(url, headers=headers)).status_code == 204
    assert (await client.get(url, headers=headers)).status_code == 404


async def test_an_address_waits_for_a_worker_to_fetch_it(client: httpx2.AsyncClient) -> None:
    headers, body = signed_in(uuid4(), uuid4()), {"url": "https://example.com/press"}
    answers = [await client.post("/v1/documents", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 200]
    url = answers[0].headers["location"]
    missing = await client.get(f"{url}/original", headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "original_missing")
    again = await client.post(f"{url}/refresh", headers=headers)
    assert (again.status_code, again.json()["version"]) == (202, 1)


async def test_a_documents_stream_says_where_it_stands_and_where_it_ended(
    client: httpx2.AsyncClient, stack: Stack, tmp_path: Path
) -> None:
    organisation, space = uuid4(), uuid4()
    headers = signed_in(organisation, space)
    made = await client.post("/v1/documents", json={"text": "# A"}, headers=headers)
    url, document = f"{made.headers['location']}/events", UUID(made.json()["id"])
    database = Database(stack.database_url)
    scope = Scope(organisation_id=organisation, space_id=space)
    documents = PostgresDocuments(database, originals_at(str(tmp_path)))
    seen: list[str] = []
    async with asyncio.timeout(20), client.stream("GET", url, headers=headers) as answer:
        async for event in Reading().events(answer):
            seen.append(event.kind)
            if event.kind == "document.progress":
                key = DocumentKey(scope=scope, document_id=document)
                failed = DocumentStatus.FAILED
                await documents.finish(key, failed, error_code="no_text", error_detail="None.")
            last = event.id or ""
    assert seen == ["document.progress", "document.failed"]
    done = await client.get(url, headers={**headers, "last-event-id": last})
    assert done.status_code == 204
    await database.close()


async def test_searches_and_references_of_a_space_without_documents_find_none(
    client: httpx2.AsyncClient,
) -> None:
    headers, others = signed_in(uuid4(), uuid4()), signed_in(uuid4(), uuid4())
    theirs = await client.post("/v1/documents", json={"text": "# Theirs"}, headers=others)
    for document in (theirs.json()["id"], str(uuid4())):
        narrowed = {"query": "theirs", "filters": {"documents": [document]}}
        found = await client.post("/v1/search", json=narrowed, headers=headers)
        assert (found.status_code, found.json()["items"]) == (200, [])
        about = {"content": "hi", "references": [document]}
        refused = await client.post("/v1/messages", json=about, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "reference_unknown")
    for asked in ({"query": "x"}, {"image": picture()}):
        body = {**asked, "collections": ["brand"]}
        unknown = await client.post("/v1/search", json=body, headers=headers)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "collection_not_found")


async def test_a_picture_is_read_in_a_child_before_it_is_compared(
    client: httpx2.AsyncClient,
) -> None:
    headers = signed_in(uuid4(), uuid4())
    alike = await client.post("/v1/search", json={"image": picture()}, headers=headers)
    assert (alike.status_code, alike.json()["pictures"]) == (200, [])
    for broken, status, code in (
        (picture()[:40], 422, "picture_unreadable"),
        (picture(claimed=20_000), 413, "document_expands"),
    ):
        answer = await client.post("/v1/search", json={"image": broken}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def picture(claimed: int = 8) -> str:
    """A grey PNG in base64, which claims to have so many pixels a side."""
    file = io.BytesIO()
    Image.new("L", (8, 8), 128).save(file, "PNG")
    data = file.getvalue()
    header = b"IHDR" + struct.pack(">II", claimed, claimed) + data[24:29]
    patched = data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    return base64.b64encode(patched).decode()


async def test_no_interleaving_of_spaces_shows_one_anothers_documents(
    client: httpx2.AsyncClient,
) -> None:
    """All routes with others' ids, over the same few connections, between one's own."""
    spaces = [signed_in(uuid4(), uuid4()) for _ in range(20)]

    async def add(number: int) -> str:
        body = {"text": f"# Of {number}", "title": str(number)}
        made = await client.post("/v1/documents", json=body, headers=spaces[number])
        return str(made.json()["id"])

    documents = await asyncio.gather(*(add(number) for number in range(len(spaces))))

    async def visit(number: int) -> None:
        headers, foreign = spaces[number], documents[(number + 1) % len(spaces)]
        for method, path, body in DOCUMENT_ROUTES:
            url = f"/v1/documents/{foreign}{path}"
            answer = await client.request(method, url, json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "document_not_found")
            listed = await client.get("/v1/documents", headers=headers)
            assert [row["title"] for row in listed.json()["items"]] == [str(number)]
        narrowed = {"query": "of", "filters": {"documents": [foreign]}}
        found = await client.post("/v1/search", json=narrowed, headers=headers)
        assert found.json()["items"] == []

    await asyncio.gather(*(visit(number) for number in range(len(spaces))))


@asynccontextmanager
async def taking_in(stack: Stack, folder: Path) -> AsyncIterator[None]:
    """A worker for documents, with all that it has in production but for the web."""
    temporal = await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)
    database, parser = Database(stack.database_url), ChildParser()
    documents = PostgresDocuments(database, originals_at(str(folder)))
    async with AsyncOpenAI(base_url=stack.model_base_url, api_key="none", max_retries=0) as model:
        embedders = [OpenAIEmbedder(model, "text-embedding-3-large")]
        intake = Intake(database, documents, embedders, parser)
        async with intake.worker(temporal, QUEUE):
            yield
    await parser.close()
    await database.close()


async def test_what_is_taken_in_is_followed_found_and_replaced(
    client: httpx2.AsyncClient, stack: Stack, originals: Path
) -> None:
    headers, others = signed_in(uuid4(), uuid4()), signed_in(uuid4(), uuid4())
    await client.post("/v1/collections", json={"name": "brand"}, headers=headers)
    said = {"collection": "brand", "author": "Ada", "keywords": "tone"}
    guide, logo = [
        await client.post("/v1/documents", files={"file": file}, data=said, headers=headers)
        for file in (
            ("guide.md", b"# Tone\n\nHeadlines are short and warm.", ""),
            ("logo.png", base64.b64decode(striped()), ""),
        )
    ]
    url = guide.headers["location"]

    async def until_ready(location: str) -> dict[str, object]:
        async with client.stream("GET", f"{location}/events", headers=headers) as answer:
            seen = [event async for event in Reading().events(answer)]
        assert seen[-1].kind == "document.ready", seen[-1].data
        return seen[-1].data

    async def found(body: dict[str, object], who: dict[str, str]) -> list[dict[str, object]]:
        answer = await client.post("/v1/search", json=body, headers=who)
        assert (answer.status_code, answer.json().get("degraded")) == (200, None), answer.json()
        hits: list[dict[str, object]] = answer.json()["items"] + answer.json()["pictures"]
        return hits

    async with asyncio.timeout(60), taking_in(stack, originals):
        ready = await until_ready(url)
        assert ready["passages"] == ready["embedded"] == 1
        assert (await until_ready(logo.headers["location"]))["pictures"] == 1
        asked: dict[str, object] = {"query": "how long are headlines", "collections": ["brand"]}
        asked["filters"] = {"authors": ["ada"], "keywords": ["TONE"]}
        best = (await found(asked, headers))[0]
        assert (best["document_id"], best["title"]) == (guide.json()["id"], "Tone")
        assert await found({"query": "headlines", "filters": {"authors": ["Bob"]}}, headers) == []
        assert await found({"query": "headlines"}, others) == []
        for image, who, ids in (
            (striped(128), headers, [logo.json()["id"]]),
            (striped(128), others, []),
        ):
            alike = await found({"image": image, "min_score": 0.9}, who)
            assert [hit["document_id"] for hit in alike] == ids
        await client.put(url, json={"text": "# Tone\n\nHeadlines are long."}, headers=headers)
        assert (await until_ready(url))["version"] == 2
        texts = [hit["text"] for hit in await found({"query": "headlines"}, headers)]
        assert any("long" in str(text) for text in texts)
        assert not any("short" in str(text) for text in texts)


def striped(side: int = 256) -> str:
    """A picture with something to see, in base64."""
    image = Image.new("RGB", (side, side), "white")
    for share in (1, 3, 4):
        image.paste((200, 30, 30), (side * share // 6, 0, side * share // 6 + side // 9, side // 2))
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
