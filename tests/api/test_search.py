"""Searching over HTTP: by words, by a picture, and in ways that cannot be."""

import base64
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from domain.ports.identity import Role
from domain.ports.transcript import UsageEntry
from models.payloads.chat import Usage
from models.payloads.knowledge import Filters
from tests.api.conftest import LIMITS, Scene

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"
TOO_LARGE = PNG + b"a" * LIMITS.picture_bytes


async def test_what_a_search_cost_is_recorded_for_the_caller(scene: Scene) -> None:
    entry = UsageEntry("offline-embedding", "embedding", Usage(input_tokens=3), None, None, "1")
    scene.fakes.finder.usage = (entry,)
    await scene.client.post("/v1/search", json={"query": "headlines"})
    [(scope, _, recorded)] = scene.fakes.usage.recorded
    assert (scope, recorded) == (scene.scope, entry)


async def test_a_search_gives_ranked_passages_with_all_that_is_known_of_them(scene: Scene) -> None:
    answer = await scene.client.post("/v1/search", json={"query": "headlines"})
    best, second = answer.json()["items"]
    assert [best["score"], second["score"]] == [1.0, 0.5]
    assert best["text"] == "Headlines are short."
    assert (best["title"], best["heading"]) == ("Brand guide", "Tone › Headlines")
    assert best.keys() >= {"mark", "passage_id", "document_id", "snippet", "start", "end"}
    assert (best["page"], best["collection"], best["url"]) == (1, "general", None)
    assert answer.json()["pictures"] == []
    scene.fakes.finder.error = "model_unavailable"
    words = await scene.client.post("/v1/search", json={"query": "x"})
    assert words.json()["degraded"] == "model_unavailable"


async def test_all_that_was_asked_for_reaches_the_finder(scene: Scene) -> None:
    await scene.client.post("/v1/collections", json={"name": "brand"})
    document = uuid4()
    body = {
        "query": "x",
        "top_k": 1,
        "min_score": 0.7,
        "rerank": False,
        "collections": ["brand", "brand"],
        "filters": {
            "authors": ["Ada"],
            "languages": ["EN", "de"],
            "keywords": ["tone"],
            "published_from": "2026-01-01",
            "published_to": "2026-01-01",
            "documents": [str(document)],
        },
    }
    answer = await scene.client.post("/v1/search", json=body, headers=scene.sign_in(Role.VIEWER))
    assert len(answer.json()["items"]) == 1
    [asked] = scene.fakes.finder.asked
    assert (asked.top_k, asked.min_score, asked.rerank) == (1, 0.7, False)
    assert asked.filters == Filters(
        collections=("brand",),
        documents=(document,),
        authors=("Ada",),
        languages=("en", "de"),
        keywords=("tone",),
        published_from=date(2026, 1, 1),
        published_to=date(2026, 1, 1),
    )


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"query": ""}, 422, "query_empty"),
        ({"query": " \n"}, 422, "query_empty"),
        ({"query": None}, 422, "query_empty"),
        ({"query": 5}, 422, "request_invalid"),
        ({"query": "a" * 2_001}, 413, "query_too_long"),
        ({"query": "a" * 100_000}, 413, "query_too_long"),
        ({"query": "a\x00"}, 422, "text_invalid"),
        ({"image": "aGk="}, 422, "query_or_image"),
        ({"top_k": 0}, 422, "top_k_invalid"),
        ({"top_k": -1}, 422, "top_k_invalid"),
        ({"top_k": 51}, 422, "top_k_invalid"),
        ({"top_k": 10**6}, 422, "top_k_invalid"),
        ({"top_k": 10**40}, 422, "top_k_invalid"),
        ({"top_k": "many"}, 422, "top_k_invalid"),
        ({"min_score": 2}, 422, "min_score_invalid"),
        ({"min_score": "nan"}, 422, "min_score_invalid"),
        ({"collections": ["brand"]}, 404, "collection_not_found"),
        ({"collections": ["Brand guides"]}, 422, "collection_name_invalid"),
        ({"collections": "brand"}, 422, "request_invalid"),
        ({"collections": ["a"] * 51}, 422, "request_invalid"),
        ({"filters": {"author": "x"}}, 422, "filter_unknown"),
        ({"filters": {"authors": "x"}}, 422, "request_invalid"),
        ({"filters": {"authors": [""]}}, 422, "request_invalid"),
        ({"filters": {"keywords": ["k"] * 51}}, 422, "request_invalid"),
        ({"filters": {"languages": ["english"]}}, 422, "language_invalid"),
        ({"filters": {"published_from": "01.02.2026"}}, 422, "date_invalid"),
        ({"filters": {"published_to": 1_700_000_000}}, 422, "date_invalid"),
        (
            {"filters": {"published_from": "2026-02-01", "published_to": "2026-01-01"}},
            422,
            "date_range_invalid",
        ),
        ({"filters": {"documents": ["guide"]}}, 422, "request_invalid"),
        ({"filters": []}, 422, "request_invalid"),
        ({"limit": 5}, 422, "request_invalid"),
    ],
)
async def test_a_search_that_cannot_be_is_refused_by_name(
    scene: Scene, change: dict[str, object], status: int, code: str
) -> None:
    answer = await scene.client.post("/v1/search", json={"query": "x", **change})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_a_search_that_is_no_json_is_refused(scene: Scene) -> None:
    answer = await scene.client.post("/v1/search", content=b"query=x")
    assert (answer.status_code, answer.json()["code"]) == (400, "json_invalid")


async def test_a_picture_finds_those_like_it_and_their_documents(scene: Scene) -> None:
    encoded = base64.b64encode(PNG).decode()
    for image in (encoded, f"data:image/png;base64,{encoded}"):
        answer = await scene.client.post("/v1/search", json={"image": image, "top_k": 1})
        [found] = answer.json()["pictures"]
        assert UUID(found["document_id"]) == uuid5(scene.scope.space_id, "deck")
        assert (found["title"], found["page"], found["score"]) == ("Deck", 1, 1.0)
        assert answer.json()["items"] == []
    scope, vector, model, _ = scene.fakes.index.asked[0]
    assert (scope, list(vector), model) == (scene.scope, [1.0, 0.0], "sizes")
    assert [entry.model for _, _, entry in scene.fakes.usage.recorded] == ["sizes", "sizes"]


async def test_a_picture_may_come_as_a_file_whatever_it_is_called(scene: Scene) -> None:
    await scene.client.post("/v1/collections", json={"name": "brand"})
    answer = await scene.client.post(
        "/v1/search",
        files={"image": ("../a.exe", PNG, "text/plain")},
        data={"top_k": "5", "min_score": "0.7", "collections": "brand,general", "authors": "Ada"},
    )
    assert [hit["score"] for hit in answer.json()["pictures"]] == [1.0]
    filters = scene.fakes.index.asked[0][3]
    assert filters == Filters(collections=("brand", "general"), authors=("Ada",))


@pytest.mark.parametrize(
    ("image", "status", "code"),
    [
        ("", 422, "image_empty"),
        ("%%%", 422, "image_invalid"),
        ("aGVsbG8", 422, "image_invalid"),
        ("https://example.com/a.png", 422, "image_invalid"),
        (base64.b64encode(b"%PDF-1.7").decode(), 415, "picture_type_unsupported"),
        (base64.b64encode(b"<svg/>").decode(), 415, "picture_type_unsupported"),
        (base64.b64encode(PNG + b"broken").decode(), 422, "picture_unreadable"),
        (base64.b64encode(PNG + b"empty").decode(), 422, "picture_unreadable"),
        (base64.b64encode(PNG + b"slow").decode(), 503, "search_timeout"),
    ],
)
async def test_an_image_that_is_none_is_refused_by_name(
    scene: Scene, image: str, status: int, code: str
) -> None:
    answer = await scene.client.post("/v1/search", json={"image": image})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert scene.fakes.index.asked == []


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"files": {"file": ("a.png", PNG)}}, 422, "file_required"),
        ({"files": {"image": ("a.png", b"")}}, 422, "image_empty"),
        ({"files": {"image": ("a.png", TOO_LARGE)}}, 413, "picture_too_large"),
        ({"files": {"image": ("a.png", TOO_LARGE * 4)}}, 413, "body_too_large"),
        ({"files": {"image": ("a.png", PNG)}, "data": {"top_k": "0"}}, 422, "top_k_invalid"),
        ({"files": {"image": ("a.png", PNG)}, "data": {"query": "x"}}, 422, "request_invalid"),
        (
            {"files": {"image": ("a.png", PNG)}, "data": {"collections": "brand"}},
            404,
            "collection_not_found",
        ),
    ],
    ids=["no image", "empty", "too large", "far too large", "top_k", "query", "collection"],
)
async def test_a_form_without_a_good_picture_is_refused_by_name(
    scene: Scene, form: dict[str, Any], status: int, code: str
) -> None:
    answer = await scene.client.post("/v1/search", **form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
