"""Three providers behind one port."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import orjson
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from adapters.web_search.answer import LONGEST_ANSWER, search_client
from adapters.web_search.brave import BraveSearch
from adapters.web_search.choice import web_search
from adapters.web_search.searxng import SearxngSearch
from adapters.web_search.serper import SerperSearch
from domain.ports.web_search import WebSearch
from models.errors import AppError, InvalidError, LimitError, UnavailableError
from settings import WebSearchSettings
from tests.adapters.llm.wire import Script, Wire, answer, repeating, sending, serving
from tests.adapters.web_search.recorded import (
    BRAVE,
    BRAVE_LIMITED,
    SEARXNG,
    SERPER,
    SERPER_EMPTY,
    SERPER_REFUSED,
)
from tests.knowledge.material import a_scope

KEY = "key-that-nobody-may-see"
Make = Callable[[httpx2.AsyncClient, str], WebSearch]


def brave(client: httpx2.AsyncClient, url: str) -> WebSearch:
    return BraveSearch(client, api_key=SecretStr(KEY), url=url)


def serper(client: httpx2.AsyncClient, url: str) -> WebSearch:
    return SerperSearch(client, api_key=SecretStr(KEY), url=url)


def searxng(client: httpx2.AsyncClient, url: str) -> WebSearch:
    return SearxngSearch(client, url=url)


EACH = pytest.mark.parametrize(
    ("make", "good"), [(brave, BRAVE), (serper, SERPER), (searxng, SEARXNG)]
)


@asynccontextmanager
async def asked(make: Make, *scripts: Script) -> AsyncIterator[tuple[WebSearch, Wire]]:
    async with serving(*scripts) as wire, search_client() as client:
        yield make(client, wire.base_url), wire


async def failure(make: Make, script: Script) -> AppError:
    async with asked(make, script) as (search, wire):
        with pytest.raises(AppError) as raised:
            await search.search(a_scope(), "trail shoes")
        assert wire.base_url not in raised.value.detail
    assert KEY not in str(raised.value)
    return raised.value


async def test_brave_gives_results_questions_and_what_else_stands_there() -> None:
    async with asked(brave, sending(answer(200, BRAVE))) as (search, wire):
        page = await search.search(a_scope(), "trail  shoes", language="en", country="us")
    first, second = page.results
    assert first.title == "The best trail shoes of 2026 & how we test"
    assert first.snippet == "We ran 400 km in twelve pairs of trail shoes."
    assert first.published == datetime(2026, 10, 2, 9, tzinfo=UTC)
    assert [result.position for result in page.results] == [1, 2]
    assert second.url == "https://shop.example/shop/trail"
    assert page.questions == ["Are trail shoes worth it?"]
    assert page.features == ["questions", "videos"]
    assert (page.provider, page.cached, page.total) == ("brave", False, None)
    request = wire.requests[0].decode()
    assert "q=trail+shoes" in request or "q=trail%20shoes" in request
    assert "search_lang=en" in request
    assert "country=US" in request
    assert f"x-subscription-token: {KEY}" in request.lower()


async def test_serper_gives_googles_page_with_related_searches() -> None:
    async with asked(serper, sending(answer(200, SERPER))) as (search, wire):
        page = await search.search(a_scope(), "trail shoes", limit=5, language="en", country="US")
    assert [result.url for result in page.results] == [
        "https://www.shoes.example/best-trail-shoes",
        "https://guide.example/choose",
    ]
    assert page.results[0].published == datetime(2026, 10, 2, tzinfo=UTC)
    assert page.results[1].published is None
    assert page.related == ["trail shoes for women", "waterproof trail shoes"]
    assert page.questions == ["Are trail shoes good for road running?"]
    assert page.features == ["featured_snippet", "questions"]
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert f"x-api-key: {KEY}".encode() in head.lower()
    assert orjson.loads(body) == {"q": "trail shoes", "num": 5, "hl": "en", "gl": "us"}


async def test_searxng_gives_what_its_engines_found() -> None:
    async with asked(searxng, sending(answer(200, SEARXNG))) as (search, wire):
        page = await search.search(a_scope(), "trail shoes", language="de", country="ch")
    assert [(result.url, result.snippet) for result in page.results] == [
        ("https://www.shoes.example/best-trail-shoes", "We ran 400 km in twelve pairs.")
    ]
    assert page.related == ["trail shoes men", "trail shoes sale"]
    assert page.total is None
    assert b"GET /v1/search?" in wire.requests[0]
    assert b"format=json" in wire.requests[0]
    assert b"language=de-CH" in wire.requests[0]


async def test_silent_engines_are_no_empty_result() -> None:
    silent = SEARXNG | {"results": []}
    assert (await failure(searxng, sending(answer(200, silent)))).code == "provider_away"


async def test_a_searxng_without_json_says_what_an_operator_must_change() -> None:
    error = await failure(searxng, sending(answer(403, b"<html>Forbidden</html>")))
    assert (error.code, error.retryable) == ("not_configured", False)
    assert "search.formats" in error.detail


@EACH
async def test_a_short_wait_is_kept_and_a_long_one_is_told(make: Make, good: object) -> None:
    short = await failure(make, sending(answer(429, BRAVE_LIMITED, retry_after="2")))
    assert isinstance(short, LimitError)
    assert (short.code, short.retryable, short.retry_after) == ("provider_quota", True, 2.0)
    without = await failure(make, sending(answer(429, BRAVE_LIMITED)))
    assert (without.retryable, without.retry_after) == (True, 1.0)
    long = await failure(make, sending(answer(429, b"", retry_after="3600")))
    assert (long.retryable, long.retry_after) == (False, 3600.0)


async def test_credits_that_are_used_up_are_not_asked_for_again() -> None:
    error = await failure(serper, sending(answer(400, SERPER_EMPTY)))
    assert (error.code, error.retryable) == ("provider_quota", False)
    assert "used up" in error.detail


@pytest.mark.parametrize("make", [brave, serper])
async def test_a_refused_key_is_the_operators_matter(make: Make) -> None:
    error = await failure(make, sending(answer(403, SERPER_REFUSED)))
    assert isinstance(error, UnavailableError)
    assert (error.code, error.retryable) == ("not_configured", False)
    assert "HOLDFAST_WEB_SEARCH__API_KEY" in error.detail


@EACH
@pytest.mark.parametrize(
    "script",
    [
        sending(answer(500, b"oops")),
        sending(answer(503, b"", retry_after="1")),
        sending(answer(200, b"<html>not json</html>")),
        sending(answer(200, [1, 2])),
        sending(answer(302, b"", location="http://169.254.169.254/")),
        sending(b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{"),
        sending(b"nonsense\r\n\r\n"),
        sending(),
    ],
)
async def test_what_is_no_answer_is_named(make: Make, good: object, script: Script) -> None:
    assert (await failure(make, script)).code == "provider_away"


@EACH
async def test_an_answer_without_an_end_is_cut(make: Make, good: object) -> None:
    head = b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n"
    error = await failure(make, repeating(head, b" " * (LONGEST_ANSWER // 8)))
    assert (error.code, error.retryable) == ("provider_away", False)


@EACH
async def test_a_query_that_is_not_taken_is_the_models_mistake(make: Make, good: object) -> None:
    error = await failure(make, sending(answer(422, {"message": "q is too long"})))
    assert isinstance(error, InvalidError)
    assert error.code == "query_refused"


def hostile(value: object) -> dict[str, Any]:
    """The same wrong thing wherever a provider has its lists and texts."""
    row = {"title": value, "url": "https://a.example/", "link": "https://a.example/"}
    row |= {"description": value, "snippet": value, "content": value, "date": value}
    row |= {"page_age": value, "publishedDate": value}
    return {
        "web": {"results": [value, row]},
        "organic": [value, row],
        "results": [value, row],
        "faq": value,
        "peopleAlsoAsk": [{"question": value}],
        "relatedSearches": value,
        "suggestions": [value],
        "number_of_results": value,
    }


@EACH
@pytest.mark.parametrize("value", [None, 7, [], {}, "x" * 20_000, "\u202e\n\t", True])
async def test_wrong_types_and_endless_texts_do_no_harm(
    make: Make, good: object, value: object
) -> None:
    async with asked(make, sending(answer(200, hostile(value)))) as (search, _):
        page = await search.search(a_scope(), "trail shoes")
    assert [result.url for result in page.results] == ["https://a.example/"]
    assert all(len(result.title) <= 300 for result in page.results)
    assert all(len(result.snippet) <= 1_000 for result in page.results)
    assert all("\n" not in result.snippet for result in page.results)


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (WebSearchSettings(), "No provider is named"),
        (WebSearchSettings(provider="brave"), "key for brave"),
        (WebSearchSettings(provider="serper"), "key for serper"),
        (WebSearchSettings(provider="searxng"), "address"),
    ],
)
async def test_what_is_not_set_up_says_so_to_model_and_user(
    settings: WebSearchSettings, missing: str
) -> None:
    async with AsyncExitStack() as stack:
        search = web_search(settings, Redis(), stack)
        with pytest.raises(UnavailableError) as raised:
            await search.search(a_scope(), "trail shoes")
    assert (raised.value.code, raised.value.retryable) == ("not_configured", False)
    assert missing in raised.value.detail
    assert "operator" in raised.value.detail
    assert "HOLDFAST_WEB_SEARCH__PROVIDER" in raised.value.detail
