"""Repeats cost nothing, within a space alone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from adapters.events.connection import connect
from adapters.web_search.cache import LARGEST, PLACES, SECONDS, CachedSearch
from domain.ports.web_search import SearchPage, WebResult
from local.stack import Stack
from models.errors import UnavailableError
from models.payloads.scope import Scope
from tests.knowledge.material import a_scope


class Provider:
    """Counts how often it is asked."""

    name = "counted"

    def __init__(self, snippet: str = "Grip decides.") -> None:
        self.asked: list[tuple[str, int, str, str]] = []
        self.snippet = snippet
        self.away = False

    async def search(
        self, scope: Scope, query: str, *, limit: int = 10, language: str = "", country: str = ""
    ) -> SearchPage:
        if self.away:
            raise UnavailableError("away", code="provider_away")
        self.asked.append((query, limit, language, country))
        found = datetime(2026, 10, 2, 9, tzinfo=UTC)
        result = WebResult(1, "Trail shoes", "https://a.example/", self.snippet, published=found)
        return SearchPage(
            query,
            self.name,
            [result],
            related=["x"],
            questions=["Why?"],
            features=["ads"],
            fetched_at=found,
        )


@pytest.fixture(scope="module")
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    # As long as an answer takes: of one that is late nothing would be kept.
    redis = Redis.from_url(stack.redis_url, protocol=2)
    yield redis
    await redis.aclose()


async def test_a_repeat_in_other_letters_comes_from_the_cache_whole(redis: Redis) -> None:
    provider, scope = Provider(), a_scope()
    cached = CachedSearch(provider, redis)
    first = await cached.search(scope, "Trail  shoes", limit=5, language="en", country="US")
    again = await cached.search(scope, "trail shoes", limit=5, language="en", country="us")
    assert len(provider.asked) == 1
    assert (first.cached, again.cached) == (False, True)
    assert again == replace(first, query="trail shoes", cached=True)


async def test_what_is_asked_differently_is_asked_anew(redis: Redis) -> None:
    provider, scope = Provider(), a_scope()
    cached = CachedSearch(provider, redis)
    await cached.search(scope, "trail shoes")
    await cached.search(scope, "trail shoes", limit=3)
    await cached.search(scope, "trail shoes", language="de")
    await cached.search(scope, "trail shoes", country="CH")
    assert len(provider.asked) == 4


async def test_no_space_gets_what_another_has_searched_for(redis: Redis) -> None:
    provider = Provider()
    cached = CachedSearch(provider, redis)
    one = a_scope()
    other = one.model_copy(update={"organisation_id": a_scope().organisation_id})
    for scope in (one, a_scope(), other):
        assert not (await cached.search(scope, "trail shoes")).cached
    assert len(provider.asked) == 3


async def test_a_failure_is_not_kept(redis: Redis) -> None:
    provider, scope = Provider(), a_scope()
    cached = CachedSearch(provider, redis)
    provider.away = True
    with pytest.raises(UnavailableError):
        await cached.search(scope, "trail shoes")
    provider.away = False
    assert not (await cached.search(scope, "trail shoes")).cached


async def test_a_space_keeps_so_much_and_for_so_long(redis: Redis) -> None:
    scope = a_scope()
    cached = CachedSearch(Provider(), redis)
    for number in range(PLACES + 50):
        await cached.search(scope, f"query {number}")
    keys = [key async for key in redis.scan_iter(f"{{{scope.space_id}}}:*", count=1_000)]
    assert 0 < len(keys) <= PLACES
    assert all(key.startswith(f"{{{scope.space_id}}}:".encode()) for key in keys)
    assert 0 < await redis.ttl(keys[0]) <= SECONDS
    large = CachedSearch(Provider("x" * LARGEST), redis)
    await large.search(scope, "too large")
    assert not (await large.search(scope, "too large")).cached


async def test_a_broken_entry_or_no_redis_costs_a_search_and_no_more(redis: Redis) -> None:
    provider, scope = Provider(), a_scope()
    cached = CachedSearch(provider, redis)
    await cached.search(scope, "trail shoes")
    for key in [key async for key in redis.scan_iter(f"{{{scope.space_id}}}:*", count=1_000)]:
        await redis.set(key, b"{broken")
    assert not (await cached.search(scope, "trail shoes")).cached
    nowhere = connect("redis://127.0.0.1:1/0")
    try:
        assert not (await CachedSearch(provider, nowhere).search(scope, "trail shoes")).cached
    finally:
        await nowhere.aclose()
    assert len(provider.asked) == 3
