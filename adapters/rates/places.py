"""Places for streams: leases in Redis, which end by themselves when their edge has died."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Final
from uuid import UUID, uuid4

import structlog
from redis.asyncio import Redis

from adapters.events.connection import AWAY, cancellable, command
from adapters.rates.outage import Outage
from models.errors import LimitError

# A reader whose edge died comes back within seconds: what it had there counts until its lease
# ends, and is renewed twice in vain before that happens to an edge that lives.
LEASE: Final = 30.0
RENEWAL: Final = 10.0
# Users in one pipeline: some 5 ms of this process.
CHUNK: Final = 200

_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
_RENEW: Final = """
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""

log = structlog.get_logger(__name__)


class RedisStreamPlaces:
    """Implements `domain.ports.places.StreamPlaces`."""

    def __init__(
        self, redis: Redis, most: int, *, lease: float = LEASE, renewal: float = RENEWAL
    ) -> None:
        self._redis = redis
        self._most = most
        self._lease = round(lease * 1_000)
        self._renewal = renewal
        self._held: dict[str, set[str]] = defaultdict(set)
        self._renewing: asyncio.Task[None] | None = None
        self._outage = Outage("places.uncounted")

    async def take(self, organisation_id: UUID, user_id: UUID) -> "_Place":
        key, lease = _key(organisation_id, user_id), uuid4().hex
        taking = partial(
            command, self._redis, "EVAL", _TAKE, 1, key, self._most, self._lease, lease
        )
        # None: it is counted when Redis is back, since the renewal writes it then.
        if await self._outage.unless_away(taking) == 0:
            raise LimitError(
                f"You have {self._most} streams open, which is the limit: close one.",
                code="too_many_streams",
                retry_after=self._renewal,
            )
        self._held[key].add(lease)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(), name="places of streams")
        return _Place(self, key, lease)

    async def give_back(self, key: str, lease: str) -> None:
        held = self._held.get(key, set())
        if lease not in held:
            return
        held.discard(lease)
        if not held:
            del self._held[key]
        with suppress(*AWAY):  # it ends by itself
            await command(self._redis, "ZREM", key, lease)

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._renewal)
            for keys in _chunks(list(self._held)):
                try:
                    await self._renew_these(keys)
                except AWAY as error:
                    log.warning("places.unrenewed", error=type(error).__name__)
                    break

    async def _renew_these(self, keys: list[str]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for key in keys:
            if leases := self._held.get(key):
                pipeline.eval(_RENEW, 1, key, self._lease, *leases)
        await cancellable(pipeline.execute())


class _Place:
    __slots__ = ("_key", "_lease", "_places")

    def __init__(self, places: RedisStreamPlaces, key: str, lease: str) -> None:
        self._places, self._key, self._lease = places, key, lease

    async def give_back(self) -> None:
        await self._places.give_back(self._key, self._lease)


def _key(organisation_id: UUID, user_id: UUID) -> str:
    return f"{{{organisation_id}:{user_id}}}:streams"


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
