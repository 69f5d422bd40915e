"""Spaces, remembered for five minutes: contexts in Redis, mirrored memberships in the process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.ports.identity import Caller, Role, Spaces
from models.payloads.scope import Scope

SECONDS: Final = 300
# Memberships that an edge remembers: some 100 bytes each.
REMEMBERED: Final = 10_000

log = structlog.get_logger(__name__)


class CachedSpaces:
    """Implements `domain.ports.identity.Spaces` over a store of the same kind. Without Redis
    every question goes to the store."""

    def __init__(
        self, store: Spaces, redis: Redis, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._redis = redis
        self._clock = clock
        self._mirrored: OrderedDict[tuple[UUID, UUID, UUID], tuple[Role, float]] = OrderedDict()

    async def context(self, scope: Scope) -> dict[str, Any]:
        key = _key(scope)
        try:
            kept = await self._redis.get(key)
            if kept is not None:
                found: dict[str, Any] = orjson.loads(kept)
                return found
        except (RedisError, OSError, ValueError) as error:
            log.warning("space_cache.unread", error=type(error).__name__)
        context = await self._store.context(scope)
        try:
            await self._redis.set(key, orjson.dumps(context, default=str), ex=SECONDS)
        except (RedisError, OSError) as error:
            log.warning("space_cache.unwritten", error=type(error).__name__)
        return context

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        role = caller.spaces[scope.space_id]
        # The newest role alone: one that was taken and given back is written each time.
        known = (scope.organisation_id, scope.space_id, caller.user_id)
        now = self._clock()
        seen, at = self._mirrored.get(known, (None, 0.0))
        if seen is role and now - at < SECONDS:
            return
        await self._store.mirror(caller, scope)
        self._mirrored[known] = role, now
        self._mirrored.move_to_end(known)
        while len(self._mirrored) > REMEMBERED:
            self._mirrored.popitem(last=False)
        await self._drop(scope)

    async def profile(self, scope: Scope) -> str:
        return await self._store.profile(scope)

    async def set_profile(self, scope: Scope, text: str) -> None:
        await self._store.set_profile(scope, text)

    async def _drop(self, scope: Scope) -> None:
        """The space's members may have changed."""
        try:
            await self._redis.delete(_key(scope))
        except (RedisError, OSError) as error:
            log.warning("space_cache.undropped", error=type(error).__name__)


def _key(scope: Scope) -> str:
    return f"{{{scope.space_id}}}:{scope.organisation_id}:context"
