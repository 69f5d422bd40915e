"""Pages that a space's messages named, for some minutes, in Redis under the space's key."""

import hashlib
from typing import Final

import orjson
import structlog
from redis.asyncio import Redis

from adapters.events.connection import AWAY, command
from domain.ports.knowledge import NewPassage
from domain.ports.pages import Page
from models.payloads.scope import Scope

# People ask a few questions on a page; after that it may have changed.
SECONDS: Final = 600
# Pages fall into so many places of their space, a newer one in the place of an older: with the
# limit on each, no space ever takes more than 4 MB, and nothing has to be counted.
PLACES: Final = 16
LARGEST: Final = 256 * 1024

log = structlog.get_logger(__name__)


class RedisPages:
    """Implements `domain.ports.pages.PageCache`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def get(self, scope: Scope, address: str) -> Page | None:
        try:
            kept = await command(self._redis, "GET", _key(scope, address))
            if kept is None:
                return None
            said = orjson.loads(kept)
            if said["address"] != address:
                return None
            passages = tuple(NewPassage(**passage) for passage in said["passages"])
            return Page(url=said["url"], title=said["title"], passages=passages)
        except (*AWAY, ValueError, KeyError, TypeError) as error:
            log.warning("page_cache.unread", error=type(error).__name__)
            return None

    async def keep(self, scope: Scope, address: str, page: Page) -> None:
        said = orjson.dumps(
            {
                "address": address,
                "url": page.url,
                "title": page.title,
                "passages": list(page.passages),
            }
        )
        if len(said) > LARGEST:
            return
        try:
            await command(self._redis, "SET", _key(scope, address), said, "EX", SECONDS)
        except AWAY as error:
            log.warning("page_cache.unwritten", error=type(error).__name__)


def _key(scope: Scope, address: str) -> str:
    place = int.from_bytes(hashlib.sha256(address.encode()).digest()[:4], "big") % PLACES
    return f"{{{scope.space_id}}}:{scope.organisation_id}:page:{place}"
