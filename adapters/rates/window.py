"""Counts of the last minute in one hash for each user, which Redis itself keeps the time of."""

from typing import Any, Final
from uuid import UUID

from redis.asyncio import Redis

from adapters.events.connection import cancellable

# Whole or not at all, in one trip: the requests of a kind, and the tokens that they would spend.
_COUNT: Final = """
local time = redis.call('TIME')
local now = (time[1] + time[2] / 1000000) / 60
local minute = math.floor(now)
local passed = now - minute
local function counts(name)
  local found = redis.call('HMGET', KEYS[1], name .. ':at', name, name .. ':former')
  local at = tonumber(found[1])
  if at == minute then return tonumber(found[2]), tonumber(found[3]) end
  if at == minute - 1 then return 0, tonumber(found[2]) end
  return 0, 0
end
local name, cost = ARGV[1], tonumber(ARGV[2])
local limit, tokens = tonumber(ARGV[3]), tonumber(ARGV[4])
local current, former = counts(name)
local spent, before = 0, 0
if tokens > 0 then spent, before = counts('tokens') end
local lacks = 0
if limit > 0 and current + former * (1 - passed) + cost > limit then
  lacks = 1
elseif tokens > 0 and spent + before * (1 - passed) + 1 > tokens then
  lacks = 2
else
  current = current + cost
  redis.call('HSET', KEYS[1], name .. ':at', minute, name, current, name .. ':former', former)
  redis.call('EXPIRE', KEYS[1], 120)
end
return {lacks, math.floor(passed * 60000), current, former, spent, before}
"""
TOKENS: Final = "tokens"


class Counts:
    """Raises what redis-py raises."""

    def __init__(self, redis: Redis) -> None:
        self._script: Any = redis.register_script(_COUNT)

    async def add(
        self,
        organisation_id: UUID,
        user_id: UUID,
        name: str,
        cost: int,
        *,
        limit: int = 0,
        tokens: int = 0,
    ) -> tuple[int, float, list[int]]:
        """Which limit has no room (0: it is counted; 1: `limit`; 2: `tokens`); seconds of this
        minute; and the counts of this minute and the former: its own, and the tokens'."""
        key = f"{{{organisation_id}:{user_id}}}:rates"
        answer = await cancellable(self._script(keys=[key], args=[name, cost, limit, tokens]))
        lacks, milliseconds, *counts = answer
        return int(lacks), milliseconds / 1_000, counts
