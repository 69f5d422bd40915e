"""What a space has searched for, kept for some hours in Redis under the space's key."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

import orjson
import structlog
from redis.asyncio import Redis

from adapters.events.connection import AWAY, command
from domain.ports.web_search import SearchPage, WebResult, WebSearch
from models.payloads.scope import Scope

# Rankings move within days; an analysis and what follows it are one afternoon.
SECONDS: Final = 6 * 3_600
# Queries fall into so many places of their space, a newer one in the place of an older: with the
# limit on each, no space ever takes more than 16 MB, and nothing has to be counted.
PLACES: Final = 256
LARGEST: Final = 64 * 1024

log = structlog.get_logger(__name__)


class CachedSearch:
    """A WebSearch whose repeats cost nothing. A cache that is away costs a search, no more."""

    def __init__(self, search: WebSearch, redis: Redis) -> None:
        self.name = search.name
        self._search = search
        self._redis = redis

    async def search(
        self, scope: Scope, query: str, *, limit: int = 10, language: str = "", country: str = ""
    ) -> SearchPage:
        words = " ".join(query.casefold().split())
        asked = f"{self.name}\n{limit}\n{language.lower()}\n{country.lower()}\n{words}"
        kept = await self._get(scope, asked)
        if kept is not None:
            return replace(kept, query=query, cached=True)
        page = await self._search.search(
            scope, query, limit=limit, language=language, country=country
        )
        await self._keep(scope, asked, page)
        return page

    async def _get(self, scope: Scope, asked: str) -> SearchPage | None:
        try:
            kept = await command(self._redis, "GET", _key(scope, asked))
            if kept is None:
                return None
            said = orjson.loads(kept)
            return _page(said["page"]) if said["asked"] == asked else None
        except (*AWAY, ValueError, KeyError, TypeError) as error:
            log.warning("search_cache.unread", error=type(error).__name__)
            return None

    async def _keep(self, scope: Scope, asked: str, page: SearchPage) -> None:
        said = orjson.dumps({"asked": asked, "page": asdict(page)})
        if len(said) > LARGEST:
            return
        try:
            await command(self._redis, "SET", _key(scope, asked), said, "EX", SECONDS)
        except AWAY as error:
            log.warning("search_cache.unwritten", error=type(error).__name__)


def _key(scope: Scope, asked: str) -> str:
    place = int.from_bytes(hashlib.sha256(asked.encode()).digest()[:4], "big") % PLACES
    return f"{{{scope.space_id}}}:{scope.organisation_id}:web_search:{place}"


def _page(said: Mapping[str, Any]) -> SearchPage:
    results = [
        WebResult(**{**row, "published": _moment(row["published"])}) for row in said["results"]
    ]
    return SearchPage(**{**said, "results": results, "fetched_at": _moment(said["fetched_at"])})


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
