"""Rerankers elsewhere: what is sent, what answers mean, and what no answer may do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal

import httpx2
import orjson
import pytest
from pydantic import SecretStr

from adapters.llm import connection
from adapters.rerank import service, vertex
from adapters.rerank.choice import reranker as chosen
from adapters.rerank.cohere import CohereReranker
from adapters.rerank.local import LocalReranker
from adapters.rerank.vertex import GoogleToken, VertexReranker
from domain.ports.search import Reranker
from models.errors import (
    ContextTooLongError,
    ModelError,
    ModelGarbledError,
    ModelOverloadedError,
    ModelQuietError,
    ModelRefusedError,
    ModelUnavailableError,
)
from settings import RerankSettings
from tests.adapters.llm.wire import Script, Wire, answer, repeating, sending, serving

KEY = "sk-secret-key"
TEXTS = ["coffee at nine", "the logo is blue", ""]

# As Cohere's v2 API answers, sorted by score.
COHERE = {
    "id": "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
    "results": [
        {"index": 1, "relevance_score": 0.92},
        {"index": 0, "relevance_score": 0.13},
        {"index": 2, "relevance_score": 0.01},
    ],
    "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
}
# As the ranking API answers: the zero is left out.
VERTEX = {"records": [{"id": "1", "score": 0.98}, {"id": "0", "score": 0.2}, {"id": "2"}]}


async def token() -> str:
    return KEY


def cohere(client: httpx2.AsyncClient, wire: Wire) -> Reranker:
    url = f"{wire.base_url}/rerank"
    return CohereReranker(client, "rerank-v3.5", api_key=SecretStr(KEY), url=url)


def google(client: httpx2.AsyncClient, wire: Wire) -> Reranker:
    return VertexReranker(client, "p1", host=wire.base_url.removesuffix("/v1"), token=token)


Make = Callable[[httpx2.AsyncClient, Wire], Reranker]
BOTH = pytest.mark.parametrize(("make", "good"), [(cohere, COHERE), (google, VERTEX)])


@asynccontextmanager
async def asked(make: Make, *scripts: Script) -> AsyncIterator[tuple[Reranker, Wire]]:
    async with serving(*scripts) as wire, service.rerank_client() as client:
        yield make(client, wire), wire


async def failure(make: Make, script: Script, texts: list[str] | None = None) -> ModelError:
    async with asked(make, script) as (reranker, _):
        with pytest.raises(ModelError) as raised:
            await reranker.rerank("logo", TEXTS if texts is None else texts)
    assert KEY not in str(raised.value)
    return raised.value


async def test_cohere_gets_every_text_and_scores_come_in_their_order() -> None:
    async with asked(cohere, sending(answer(200, COHERE))) as (reranker, wire):
        scores, entry = await reranker.rerank("logo", TEXTS)

    assert scores == [0.13, 0.92, 0.01]
    assert entry is not None
    assert (entry.model, entry.kind) == ("rerank-v3.5", "rerank")
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/rerank HTTP/1.1\r\n")
    assert f"Bearer {KEY}".encode() in head
    assert orjson.loads(body) == {
        "model": "rerank-v3.5",
        "query": "logo",
        "documents": ["coffee at nine", "the logo is blue", " "],
        "top_n": 3,
    }


async def test_google_gets_records_and_a_missing_score_is_zero() -> None:
    async with asked(google, sending(answer(200, VERTEX))) as (reranker, wire):
        scores, entry = await reranker.rerank("logo", TEXTS)

    assert scores == [0.2, 0.98, 0.0]
    assert entry is not None
    assert entry.usage.input_tokens > 0
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == (
        b"/v1/projects/p1/locations/global/rankingConfigs/default_ranking_config:rank"
    )
    assert b"p1" in head.lower().partition(b"x-goog-user-project: ")[2][:3]
    assert orjson.loads(body)["records"][1] == {"id": "1", "content": "the logo is blue"}


async def test_tokens_are_taken_from_servers_that_count_them() -> None:
    body = {**COHERE, "usage": {"total_tokens": 77}}
    async with asked(cohere, sending(answer(200, body))) as (reranker, _):
        _, entry = await reranker.rerank("logo", TEXTS)

    assert entry is not None
    assert entry.usage.input_tokens == 77
    assert entry.cost_usd is None or entry.cost_usd >= Decimal(0)


async def test_a_models_own_numbers_keep_their_order_between_0_and_1() -> None:
    rows = [{"index": n, "relevance_score": s} for n, s in enumerate((-11.5, 4.0, 1_000))]
    async with asked(cohere, sending(answer(200, {"results": rows}))) as (reranker, _):
        scores, _ = await reranker.rerank("logo", TEXTS)

    assert list(scores) == sorted(scores)
    assert all(0 <= score <= 1 for score in scores)


@BOTH
async def test_no_texts_cost_no_call(make: Make, good: object) -> None:
    async with asked(make, sending(answer(200, good))) as (reranker, wire):
        assert await reranker.rerank("logo", []) == ([], None)
    assert wire.requests == []


@BOTH
async def test_too_many_texts_are_refused_before_they_are_sent(make: Make, good: object) -> None:
    error = await failure(make, sending(answer(200, good)), ["a"] * (service.MOST_TEXTS + 1))

    assert (type(error), error.code) == (ModelRefusedError, "rerank_too_many")


def rows(*pairs: tuple[object, object]) -> dict[str, object]:
    return {"results": [{"index": place, "relevance_score": score} for place, score in pairs]}


@pytest.mark.parametrize(
    "body",
    [
        rows((0, 0.5), (1, 0.5)),
        rows((0, 0.5), (1, 0.5), (1, 0.5)),
        rows((0, 0.5), (1, 0.5), (3, 0.5)),
        rows((0, 0.5), (1, 0.5), (-1, 0.5)),
        rows((0, 0.5), (1, 0.5), ("2", 0.5)),
        rows((0, 0.5), (True, 0.5), (2, 0.5)),
        rows((0, 0.5), (1, 0.5), (2, None)),
        rows((0, 0.5), (1, 0.5), (2, "0.5")),
        rows((0, 0.5), (1, 0.5), (2, 0.5), (2, 0.4)),
        b'{"results": [{"index": 0, "relevance_score": NaN}]}',
        b'{"results": [{"index": 0, "relevance_score": 1e999}]}',
        {"results": {}},
        {"results": [1, 2, 3]},
        {},
        [],
        b"<html>welcome</html>",
        b"",
    ],
)
async def test_an_answer_that_cannot_be_is_garbled(body: object) -> None:
    assert isinstance(await failure(cohere, sending(answer(200, body))), ModelGarbledError)


@pytest.mark.parametrize(
    "body",
    [
        {"records": [{"id": "0"}, {"id": "1"}]},
        {"records": [{"id": "0"}, {"id": "1"}, {"id": "x"}]},
        {"records": [{"id": "0"}, {"id": "1"}, {"id": "1"}]},
        {"records": [{"id": "0"}, {"id": "1"}, {"id": "2", "score": "NaN"}]},
        {},
    ],
)
async def test_googles_answer_that_cannot_be_is_garbled(body: object) -> None:
    assert isinstance(await failure(google, sending(answer(200, body))), ModelGarbledError)


@BOTH
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, ModelRefusedError, "model_rejected"),
        (401, ModelRefusedError, "model_key_rejected"),
        (403, ModelRefusedError, "model_key_rejected"),
        (404, ModelRefusedError, "model_not_found"),
        (413, ContextTooLongError, None),
        (500, ModelUnavailableError, None),
        (503, ModelUnavailableError, None),
        (302, ModelRefusedError, None),
    ],
)
async def test_a_refusal_is_named(
    make: Make, good: object, status: int, kind: type[ModelError], code: str | None
) -> None:
    error = await failure(make, sending(answer(status, {"message": f"bad {KEY}"})))

    assert type(error) is kind
    assert code is None or error.code == code


@BOTH
async def test_too_many_calls_say_when_to_come_back(make: Make, good: object) -> None:
    error = await failure(make, sending(answer(429, {}, retry_after="7")))

    assert isinstance(error, ModelOverloadedError)
    assert error.retry_after == 7


async def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LONGEST_ANSWER", 10_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"

    assert isinstance(await failure(cohere, repeating(head, b" " * 1_000)), ModelGarbledError)


async def test_an_endless_refusal_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LONGEST_ERROR", 10_000)
    head = b"HTTP/1.1 500 X\r\nconnection: close\r\n\r\n"

    assert isinstance(await failure(cohere, repeating(head, b" " * 1_000)), ModelUnavailableError)


async def test_a_server_that_says_nothing_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "TIMEOUT", httpx2.Timeout(0.2))

    assert isinstance(await failure(cohere, sending(then_hang=True)), ModelQuietError)


async def test_a_connection_cut_in_the_answer_is_named() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"

    assert isinstance(await failure(cohere, sending(head)), ModelUnavailableError)


async def test_nobody_at_the_address_is_named() -> None:
    async with serving(sending()) as wire:
        pass
    async with service.rerank_client() as client:
        with pytest.raises(ModelUnavailableError):
            await cohere(client, wire).rerank("logo", TEXTS)


class Credentials:
    """As google-auth's: not valid until they were refreshed."""

    valid = False
    token = ""
    refreshed = 0

    def refresh(self, _request: object) -> None:
        self.refreshed += 1
        self.valid, self.token = True, KEY


async def test_one_caller_refreshes_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials()
    monkeypatch.setattr("google.auth.default", lambda **_: (credentials, "p1"))
    token = GoogleToken()

    assert await asyncio.gather(*(token() for _ in range(5))) == [KEY] * 5
    assert credentials.refreshed == 1


async def test_no_credentials_are_a_refusal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", f"{tmp_path}/none.json")

    with pytest.raises(ModelRefusedError) as refused:
        await GoogleToken()()
    assert refused.value.code == "model_key_rejected"


async def test_the_settings_choose() -> None:
    async with AsyncExitStack() as stack:
        assert chosen(RerankSettings(provider="none"), stack) is None
        assert isinstance(chosen(RerankSettings(), stack), LocalReranker)
        other = chosen(RerankSettings(provider="cohere", name="m", api_key=SecretStr("k")), stack)
        assert isinstance(other, CohereReranker)
        assert other.name == "m"
        third = chosen(RerankSettings(provider="vertex", project="p"), stack)
        assert isinstance(third, VertexReranker)
        assert third.name == vertex.MODEL
