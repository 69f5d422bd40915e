"""Documents over HTTP, hostile ones too; and searching them."""

from uuid import UUID, uuid4

import httpx2
import pytest

from domain.ports.transcript import UsageEntry
from models.errors import UnavailableError
from models.payloads.chat import Usage
from tests.api.conftest import LIMITS, Scene

File = tuple[str, bytes, str]


async def upload(scene: Scene, *file: str | bytes, **data: str) -> httpx2.Response:
    return await scene.client.post("/v1/documents", files={"file": file}, data=data)  # type: ignore[dict-item]  # (name, bytes, type)


async def test_a_file_is_taken_in_once(scene: Scene) -> None:
    first = await upload(scene, "guide.md", b"# Brand", "text/markdown", title="Brand guide")
    again = await upload(scene, "copy.md", b"# Brand", "text/markdown")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    assert (first.json()["title"], first.json()["status"]) == ("Brand guide", "queued")
    started = scene.fakes.engine.ingestions
    assert {start.document_id for start in started} == {UUID(first.json()["id"])}
    assert (await scene.client.get(first.headers["location"])).json() == first.json()


async def test_a_text_is_a_document_too(scene: Scene) -> None:
    answer = await scene.client.post("/v1/documents", json={"text": "Hello", "title": "Note"})
    assert (answer.status_code, answer.json()["media_type"]) == (202, "text/markdown")


@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (("a.md", b"", "text/markdown"), 422, "document_empty"),
        (("a.md", b"a" * (LIMITS.document_bytes + 1), ""), 413, "document_too_large"),
        (("a.md", b"a" * 4 * LIMITS.document_bytes, ""), 413, "document_too_large"),
        (("a.exe", b"MZ", "application/octet-stream"), 415, "document_type_unsupported"),
        (("a.pdf", b"%PDF-1.7", "application/pdf"), 415, "document_type_unsupported"),
        (("a.txt", b"\x89PNG\r\n\x1a\n", "text/plain"), 415, "document_type_mismatch"),
    ],
    ids=["empty", "a byte too large", "far too large", "program", "pdf", "wrong type"],
)
async def test_a_file_that_is_not_read_is_refused_by_name(
    scene: Scene, file: File, status: int, code: str
) -> None:
    answer = await upload(scene, *file)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert scene.fakes.documents.rows == {}


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.md", "..\\..\\a.md", "a\u202egpj.md", "a" * 2_000 + ".md", "\x01.md", ".md"],
)
async def test_a_hostile_name_is_only_ever_shown_and_never_as_it_came(
    scene: Scene, name: str
) -> None:
    answer = await upload(scene, name, b"# Hello", "text/markdown")
    shown = answer.json()["name"]
    assert answer.status_code == 202
    assert not set(shown) & set("/\\\u202e\x01")
    assert 0 < len(shown) <= 120


async def test_a_form_without_a_file_is_refused(scene: Scene) -> None:
    empty = await scene.client.post("/v1/documents", files={"other": ("a.md", b"a")})
    assert (empty.status_code, empty.json()["code"]) == (422, "file_required")
    many = await scene.client.post(
        "/v1/documents", files=[("file", ("a.md", b"a")), ("file", ("b.md", b"b"))]
    )
    assert many.status_code == 400
    cut = await scene.client.post(
        "/v1/documents",
        content=b"--x\r\nnonsense",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert cut.status_code in {400, 422}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://169.254.169.254/"}, "url_not_supported"),
        ({"text": ""}, "document_empty"),
        ({}, "document_empty"),
        ({"text": "a\x00"}, "text_invalid"),
        ({"text": 5}, "request_invalid"),
    ],
)
async def test_a_text_that_is_none_is_refused(
    scene: Scene, body: dict[str, object], code: str
) -> None:
    answer = await scene.client.post("/v1/documents", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_something_else_than_a_form_or_json_is_refused(scene: Scene) -> None:
    answer = await scene.client.post("/v1/documents", content=b"\xff\x00")
    assert (answer.status_code, answer.json()["code"]) == (400, "json_invalid")


async def test_a_document_whose_ingestion_cannot_start_may_be_sent_again(scene: Scene) -> None:
    scene.fakes.engine.failure = UnavailableError("Away.", code="engine_unavailable")
    answer = await upload(scene, "a.md", b"# A", "text/markdown")
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_unavailable")
    scene.fakes.engine.failure = None
    again = await upload(scene, "a.md", b"# A", "text/markdown")
    assert again.status_code in {200, 202}
    assert len(scene.fakes.engine.ingestions) == 1


async def test_documents_are_listed_and_removed(scene: Scene) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    url = made.headers["location"]
    assert len((await scene.client.get("/v1/documents")).json()["items"]) == 1
    assert (await scene.client.delete(url)).status_code == 204
    gone = await scene.client.get(url)
    assert (gone.status_code, gone.json()["code"]) == (404, "document_not_found")
    assert (await scene.client.delete(f"/v1/documents/{uuid4()}")).status_code == 404


async def test_what_a_search_cost_is_recorded_for_the_caller(scene: Scene) -> None:
    entry = UsageEntry("offline-embedding", "embedding", Usage(input_tokens=3), None, None, "1")
    scene.fakes.finder.usage = (entry,)
    await scene.client.post("/v1/search", json={"query": "headlines"})
    [(scope, _, recorded)] = scene.fakes.usage.recorded
    assert (scope, recorded) == (scene.scope, entry)


async def test_a_search_gives_ranked_passages_with_scores(scene: Scene) -> None:
    answer = await scene.client.post("/v1/search", json={"query": "headlines"})
    assert [hit["score"] for hit in answer.json()["items"]] == [1.0, 0.5]
    assert answer.json()["items"][0]["text"] == "Headlines are short."
    some = await scene.client.post("/v1/search", json={"query": "x", "min_score": 0.7})
    assert len(some.json()["items"]) == 1
    scene.fakes.finder.error = "model_unavailable"
    words = await scene.client.post("/v1/search", json={"query": "x"})
    assert words.json()["degraded"] == "model_unavailable"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"query": ""}, 422, "query_empty"),
        ({"query": "a" * 100_000}, 413, "query_too_long"),
        ({"query": "a\x00"}, 422, "text_invalid"),
        ({"top_k": 0}, 422, "request_invalid"),
        ({"top_k": -1}, 422, "request_invalid"),
        ({"top_k": 10**6}, 422, "request_invalid"),
        ({"min_score": 2}, 422, "request_invalid"),
        ({"collections": ["brand"]}, 422, "filter_unsupported"),
        ({"filters": {"author": "x"}}, 422, "filter_unsupported"),
    ],
)
async def test_a_search_that_cannot_be_is_refused(
    scene: Scene, change: dict[str, object], status: int, code: str
) -> None:
    answer = await scene.client.post("/v1/search", json={"query": "x", **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_agents_and_limits_can_be_looked_up(scene: Scene) -> None:
    agents = (await scene.client.get("/v1/agents")).json()["items"]
    assert "general" in {agent["name"] for agent in agents}
    info = (await scene.client.get("/v1/info")).json()
    assert info["limits"]["message_characters"] == 32_000
    assert info["models"] == {"chat": "offline-1"}


async def test_json_too_deep_to_read_is_refused_by_name(scene: Scene) -> None:
    deep = b'{"text":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    answer = await scene.client.post(
        "/v1/documents", content=deep, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "json_invalid")
