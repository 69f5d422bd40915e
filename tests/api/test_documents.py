"""Documents over HTTP, hostile ones too; and searching them."""

from uuid import UUID, uuid4

import httpx2
import pytest

from api.bulk import Bulk
from domain.ports.identity import Role
from domain.ports.knowledge import KeptPassage, Metadata
from models.errors import LimitError, UnavailableError
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope
from tests.api.conftest import LIMITS, Scene
from tests.api.fakes.callers import a_caller

File = tuple[str, bytes, str]
AN_EMPTY_ZIP = b"PK\x05\x06" + b"\x00" * 18


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
        (("a.docx", AN_EMPTY_ZIP, ""), 415, "document_type_mismatch"),
        (("a.txt", b"\x89PNG\r\n\x1a\n", "text/plain"), 415, "document_type_mismatch"),
        (("a.pdf", b"<!doctype html><html>", "application/pdf"), 415, "document_type_mismatch"),
    ],
    ids=["empty", "a byte too large", "far too large", "program", "zip", "picture", "page"],
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


async def test_a_name_is_the_one_that_the_browsers_form_means(scene: Scene) -> None:
    part = (
        'content-disposition: form-data; name="file"; filename="The %22final%22%0D%0Abrief 9%.md"'
    )
    body = f"--x\r\n{part}\r\n\r\n# A\r\n--x--\r\n"
    sent = {"content-type": "multipart/form-data; boundary=x"}

    made = await scene.client.post("/v1/documents", content=body.encode(), headers=sent)

    assert made.json()["name"] == 'The "final" brief 9%.md'


async def test_a_form_without_a_file_is_refused(scene: Scene) -> None:
    empty = await scene.client.post("/v1/documents", files={"other": ("a.md", b"a")})
    assert (empty.status_code, empty.json()["code"]) == (422, "file_required")
    text = await scene.client.post("/v1/documents", files={"title": (None, "a")})
    assert (text.status_code, text.json()["code"]) == (422, "file_required")
    many = await scene.client.post(
        "/v1/documents", files=[("file", ("a.md", b"a")), ("file", ("b.md", b"b"))]
    )
    assert (many.status_code, many.json()["code"]) == (400, "form_invalid")
    cut = await scene.client.post(
        "/v1/documents",
        content=b"--x\r\nnonsense",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert cut.json()["code"] in {"form_invalid", "file_required"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "ftp://example.com/a"}, "url_invalid"),
        ({"url": "http://user:secret@example.com/"}, "url_invalid"),
        ({"url": "https:///a"}, "url_invalid"),
        ({"url": "https://example.com/" + "a" * 2_000}, "url_invalid"),
        ({"url": "https://example.com/", "text": "a"}, "text_or_url"),
        ({"text": "a", "published_on": "yesterday"}, "date_invalid"),
        ({"text": "a", "published_on": 1_700_000_000}, "date_invalid"),
        ({"text": "a", "language": "English"}, "language_invalid"),
        ({"text": "a", "collection": "../brand"}, "collection_name_invalid"),
        ({"text": "a", "keywords": ["k"] * 1_000 + [str(n) for n in range(33)]}, "request_invalid"),
        ({"text": "a", "keywords": ["k" * 81]}, "request_invalid"),
        ({"text": "a", "title": "t" * 201}, "request_invalid"),
        ({"text": "a", "tags": ["x"]}, "request_invalid"),
        ({"text": " \n"}, "document_empty"),
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


async def test_what_is_said_of_a_document_comes_with_it(scene: Scene) -> None:
    await scene.client.post("/v1/collections", json={"name": "brand"})
    said = {
        "collection": "brand",
        "author": "Ada",
        "language": "EN",
        "published_on": "2026-03-01",
    }
    form = await scene.client.post(
        "/v1/documents",
        files=[
            ("file", ("a.md", b"# A")),
            *((name, (None, value)) for name, value in said.items()),
            ("keyword", (None, "tone, voice")),
            ("keywords", (None, "tone")),
            ("title", (None, "")),
        ],
    )
    body = {**said, "text": "# B", "keywords": ["tone", "voice"], "title": "B"}
    text = await scene.client.post("/v1/documents", json=body)
    for answer in (form, text):
        shown = answer.json()
        assert answer.status_code == 202, shown
        assert {name: shown[name] for name in said} == {**said, "language": "en"}
        assert shown["keywords"] == ["tone", "voice"]
    assert (form.json()["title"], text.json()["title"]) == ("a", "B")
    there = await scene.client.get("/v1/documents?collection=brand")
    assert len(there.json()["items"]) == 2
    assert (await scene.client.get("/v1/documents?collection=general")).json()["items"] == []


@pytest.mark.parametrize("method", ["POST", "GET", "PATCH"])
async def test_an_unknown_collection_is_said_to_be_unknown(scene: Scene, method: str) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    match method:
        case "POST":
            answer = await upload(scene, "b.md", b"# B", "text/markdown", collection="brand")
        case "GET":
            answer = await scene.client.get("/v1/documents?collection=brand")
        case _:
            url = made.headers["location"]
            answer = await scene.client.patch(url, json={"collection": "brand"})
    assert (answer.status_code, answer.json()["code"]) == (404, "collection_not_found")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ([("title", "a"), ("title", "b")], 422, "field_repeated"),
        ([("shape", "round")], 422, "request_invalid"),
        ([("author", "a" * 20_000)], 400, "form_invalid"),
        ([("keyword", str(n)) for n in range(100)], 400, "form_invalid"),
        ([("published_on", "2026-13-01")], 422, "date_invalid"),
    ],
    ids=["twice", "unknown", "huge", "many", "no date"],
)
async def test_a_form_whose_fields_are_wrong_is_refused_by_name(
    scene: Scene, fields: list[tuple[str, str]], status: int, code: str
) -> None:
    parts = [(name, (None, value)) for name, value in fields]
    answer = await scene.client.post("/v1/documents", files=[("file", ("a.md", b"# A")), *parts])
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert scene.fakes.documents.rows == {}


async def test_what_is_too_long_is_said_in_the_fields_own_words(scene: Scene) -> None:
    parts = [("title", "a" * 201), ("shape", "round"), *(("keyword", f"k{n}") for n in range(40))]
    answer = await scene.client.post(
        "/v1/documents",
        files=[("file", ("a.md", b"# A")), *((name, (None, value)) for name, value in parts)],
    )
    assert {(error["pointer"], error["detail"]) for error in answer.json()["errors"]} == {
        ("/title", "There may be 200 characters at most."),
        ("/keywords", "There may be 32 items at most."),
        ("/shape", "There is no such field."),
    }


async def test_a_form_is_one_however_its_type_is_written(scene: Scene) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n# A\r\n--x--'
    )
    answer = await scene.client.post(
        "/v1/documents", content=body, headers={"content-type": "Multipart/Form-Data; boundary=x"}
    )
    assert answer.status_code == 202


async def test_an_address_is_a_document_that_its_ingestion_fetches(scene: Scene) -> None:
    body = {"url": "https://example.com/press", "keywords": ["press"]}
    first = await scene.client.post("/v1/documents", json=body)
    again = await scene.client.post("/v1/documents", json={**body, "title": "Press"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert (first.json()["url"], first.json()["title"]) == (body["url"], "press")
    assert first.json()["id"] == again.json()["id"]
    assert [start.fetch for start in scene.fakes.engine.ingestions] == [True, True]


async def test_an_address_is_fetched_again_as_a_new_version(scene: Scene) -> None:
    made = await scene.client.post("/v1/documents", json={"url": "https://example.com/press"})
    answer = await scene.client.post(f"{made.headers['location']}/refresh")
    assert (answer.status_code, answer.json()["version"]) == (202, 2)
    start = scene.fakes.engine.ingestions[-1]
    assert (start.version, start.fetch) == (2, True)
    file = await upload(scene, "a.md", b"# A", "text/markdown")
    none = await scene.client.post(f"{file.headers['location']}/refresh")
    assert (none.status_code, none.json()["code"]) == (422, "document_without_url")


async def test_a_new_version_takes_the_place_of_the_old_one(scene: Scene) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown", title="Guide")
    url = made.headers["location"]
    file = await scene.client.put(url, files={"file": ("b.md", b"# B", "text/markdown")})
    assert (file.status_code, file.json()["version"], file.json()["title"]) == (202, 2, "Guide")
    same = await scene.client.put(url, files={"file": ("c.md", b"# B", "text/markdown")})
    assert (same.status_code, same.json()["version"]) == (200, 2)
    text = await scene.client.put(url, json={"text": "# C"})
    assert (text.status_code, text.json()["name"]) == (202, "Guide.md")
    assert {start.version for start in scene.fakes.engine.ingestions} == {1, 2, 3}
    other = await upload(scene, "d.md", b"# D", "text/markdown")
    taken = await scene.client.put(other.headers["location"], json={"text": "# C"})
    assert (taken.status_code, taken.json()["code"]) == (409, "document_exists")


async def test_a_new_version_has_the_limits_of_a_first_one(scene: Scene) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    url = made.headers["location"]
    for size in (LIMITS.document_bytes + 1, 4 * LIMITS.document_bytes):
        file = {"file": ("b.md", b"b" * size, "text/markdown")}
        answer = await scene.client.put(url, files=file)
        assert (answer.status_code, answer.json()["code"]) == (413, "document_too_large")
    none = await scene.client.put(url, files={"other": ("b.md", b"b")})
    assert (none.status_code, none.json()["code"]) == (422, "file_required")
    wrong = await scene.client.put(url, files={"file": ("b.docx", b"# B")})
    assert (wrong.status_code, wrong.json()["code"]) == (415, "document_type_mismatch")
    text = b'{"text": "' + b"a" * LIMITS.body_bytes + b'"}'
    headers = {"content-type": "application/json"}
    long = await scene.client.put(url, content=text, headers=headers)
    assert (long.status_code, long.json()["code"]) == (413, "document_too_large")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": " "}, 422, "document_empty"),
        ({"text": "a", "title": "b"}, 422, "request_invalid"),
        ({"url": "https://example.com/"}, 422, "request_invalid"),
        ([], 422, "request_invalid"),
    ],
)
async def test_a_new_version_is_a_file_or_a_text(
    scene: Scene, body: object, status: int, code: str
) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    answer = await scene.client.put(made.headers["location"], json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_is_said_of_a_document_can_be_changed(scene: Scene) -> None:
    made = await upload(
        scene, "a.md", b"# A", "text/markdown", author="Ada", language="en", keywords="x,y"
    )
    url = made.headers["location"]
    change = {"title": "B", "author": None, "published_on": "2026-03-01"}
    changed = (await scene.client.patch(url, json=change)).json()
    assert (changed["title"], changed["author"], changed["language"]) == ("B", None, "en")
    assert (changed["published_on"], changed["keywords"]) == ("2026-03-01", ["x", "y"])
    assert (await scene.client.patch(url, json={"keywords": None})).json()["keywords"] == []
    assert (await scene.client.patch(url, json={"title": ""})).status_code == 422
    assert (await scene.client.patch(url, json={"status": "ready"})).status_code == 422
    row = scene.fakes.documents.rows[scene.scope.space_id, UUID(made.json()["id"])]
    assert row.metadata == Metadata(language="en", published_on=row.metadata.published_on)


async def test_an_original_is_saved_and_never_shown(scene: Scene) -> None:
    page = b"<html><script>alert(1)</script></html>"
    made = await upload(scene, 'Übung "1".html', page, "text/html")
    answer = await scene.client.get(f"{made.headers['location']}/original")
    assert (answer.status_code, answer.content) == (200, page)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(page))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert "filename*=UTF-8''%C3%9Cbung%20" in disposition
    assert disposition.count('"') == 2


async def test_an_original_is_that_of_the_newest_version(scene: Scene) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    url = made.headers["location"]
    await scene.client.put(url, json={"text": "# B"})
    assert (await scene.client.get(f"{url}/original")).content == b"# B"
    address = await scene.client.post("/v1/documents", json={"url": "https://example.com/"})
    missing = await scene.client.get(f"{address.headers['location']}/original")
    assert (missing.status_code, missing.json()["code"]) == (404, "original_missing")


async def test_more_files_than_fit_in_memory_wait_and_none_keeps_its_place(scene: Scene) -> None:
    made = await upload(scene, "a.md", b"# A" * 1_000, "text/markdown")
    url = made.headers["location"]
    for _ in range(3 * LIMITS.bulk):
        assert (await scene.client.get(f"{url}/original")).status_code == 200
        again = await upload(scene, "a.md", b"# A" * 1_000, "text/markdown")
        assert again.status_code == 200
        gone = await scene.client.get(f"/v1/documents/{uuid4()}/original")
        assert gone.status_code == 404


async def test_more_uploads_than_there_are_places_wait_and_are_told_so_in_time() -> None:
    places = Bulk(1, 0.05)
    async with places.place():
        with pytest.raises(UnavailableError) as refused:
            await places.take()
    assert (refused.value.code, refused.value.retry_after) == ("files_waiting", 5.0)
    async with places.place():
        pass


async def test_another_spaces_document_is_unknown_in_every_way(scene: Scene) -> None:
    """The same path as for an id that nobody has, so that not even time tells them apart."""
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    other = Scope(organisation_id=uuid4(), space_id=uuid4())
    scene.fakes.verifier.callers["other"] = a_caller(other)
    headers = {"authorization": "Bearer other", "x-space-id": str(other.space_id)}
    for document in (made.json()["id"], str(uuid4())):
        url = f"/v1/documents/{document}"
        before = scene.fakes.documents.gets
        answers = [
            await scene.client.request(method, f"{url}{path}", headers=headers, json=body)
            for method, path, body in (
                ("GET", "", None),
                ("GET", "/events", None),
                ("GET", "/original", None),
                ("PUT", "", {"text": "mine"}),
                ("PATCH", "", {"title": "mine"}),
                ("POST", "/refresh", None),
                ("DELETE", "", None),
            )
        ]
        assert {answer.json()["code"] for answer in answers} == {"document_not_found"}
        assert scene.fakes.documents.gets - before == len(answers)
    listed = await scene.client.get("/v1/documents", headers=headers)
    assert listed.json()["items"] == []
    mine = await scene.client.get(made.headers["location"])
    assert mine.json() == made.json()


async def test_viewers_read_and_do_not_write(scene: Scene) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    url, viewer = made.headers["location"], scene.sign_in(Role.VIEWER)
    for method, path, body in (
        ("POST", "/v1/documents", {"text": "a"}),
        ("PUT", url, {"text": "a"}),
        ("PATCH", url, {"title": "a"}),
        ("POST", f"{url}/refresh", None),
        ("DELETE", url, None),
    ):
        answer = await scene.client.request(method, path, headers=viewer, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_required")
    for path in ("/v1/documents", url, f"{url}/original"):
        assert (await scene.client.get(path, headers=viewer)).status_code == 200


async def test_a_space_whose_queue_is_full_is_told_so(scene: Scene) -> None:
    scene.fakes.documents.failure = LimitError("Many wait.", code="documents_queue_full")
    answer = await upload(scene, "a.md", b"# A", "text/markdown")
    assert (answer.status_code, answer.json()["code"]) == (429, "documents_queue_full")


async def test_counts_and_an_error_are_shown_as_they_are(scene: Scene) -> None:
    made = await upload(scene, "a.md", b"# A", "text/markdown")
    document = UUID(made.json()["id"])
    scene.fakes.documents.move(
        scene.scope,
        document,
        status=DocumentStatus.FAILED,
        passages=4,
        embedded=2,
        pictures=1,
        error_code="model_overloaded",
        error_detail="The provider is busy.",
    )
    shown = (await scene.client.get(made.headers["location"])).json()
    assert (shown["passages"], shown["embedded"], shown["pictures"]) == (4, 2, 1)
    assert shown["error"] == {"code": "model_overloaded", "detail": "The provider is busy."}


async def test_an_idempotency_key_is_taken_and_must_be_one(scene: Scene) -> None:
    body = {"text": "Hello", "title": "Note"}
    headers = {"idempotency-key": "one"}
    first = await scene.client.post("/v1/documents", json=body, headers=headers)
    again = await scene.client.post("/v1/documents", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (202, 200)
    bad = await scene.client.post("/v1/documents", json=body, headers={"idempotency-key": "a b"})
    assert (bad.status_code, bad.json()["code"]) == (422, "idempotency_key_invalid")


async def test_a_list_is_narrowed_by_status_and_words(scene: Scene) -> None:
    made = (await upload(scene, "guide.md", b"# Brand", "text/markdown", title="Guide")).json()

    async def ids(**wanted: str) -> list[str]:
        answer = await scene.client.get("/v1/documents", params=wanted)
        return [item["id"] for item in answer.json()["items"]]

    assert await ids(query=" GUI ", status="queued") == [made["id"]]
    assert await ids(status="failed") == []
    assert await ids(media_type="text/markdown") == [made["id"]]
    assert await ids(media_type="application/pdf") == []
    refused = await scene.client.get("/v1/documents", params={"status": "lost"})
    assert (refused.status_code, refused.json()["code"]) == (422, "request_invalid")


async def test_a_documents_passages_are_read_with_their_pages(scene: Scene) -> None:
    made = (await upload(scene, "guide.md", b"# Brand", "text/markdown")).json()
    passage = KeptPassage(0, "Warm and brief.", "Tone", 0, 15, 3, id=uuid4())
    scene.fakes.documents.texts[UUID(made["id"])] = [passage]

    answer = await scene.client.get(f"/v1/documents/{made['id']}/passages")
    unknown = await scene.client.get(f"/v1/documents/{uuid4()}/passages")

    [item] = answer.json()["items"]
    assert (item["text"], item["page"], item["heading"]) == ("Warm and brief.", 3, "Tone")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "document_not_found")
