"""Row 7: Redis forgets everything, is gone for a while or is full, in the middle of answers."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from redis.asyncio import Redis

from tests.chaos.fault import Fault
from tests.chaos.faults.load import streams
from tests.chaos.scene import Scene

STREAMS = 8
READERS = 3
GAP_MS = 40
DOWN_SECONDS = 30.0
FULL_SECONDS = 5.0
TOO_LITTLE = 1  # byte: whatever is stored is too much already
How = Literal["flush", "restart", "down", "full"]
NAMES: dict[How, str] = {
    "flush": "Redis FLUSHALL mid-answer",
    "restart": "Redis SIGKILL and restart mid-answer",
    "down": f"Redis down for {DOWN_SECONDS:g} s mid-answer",
    "full": f"Redis out of memory for {FULL_SECONDS:g} s mid-answer",
}


class RedisLost(Fault):
    """The stream degrades, the turn does not: readers hold the stored text in the end.

    The row's "limits have a stated mode" has nothing to look at yet: there are no rate limits.
    """

    number = 7

    def __init__(self, how: How) -> None:
        self._how = how
        self.name = NAMES[how]
        self.short_runs = 0 if how in {"down", "full"} else 1
        self.full_runs = {"flush": 3, "restart": 3, "down": 1, "full": 2}[how]

    async def run(self, scene: Scene) -> None:
        await streams(scene, STREAMS, tokens=(80, 160), gap_ms=GAP_MS, spread=1.0, readers=READERS)
        await asyncio.sleep(scene.random.uniform(0.1, 1.0))
        scene.strike()
        match self._how:
            case "flush":
                async with Redis.from_url(scene.site.redis_url) as redis:
                    await redis.flushall()
            case "restart":
                for pid in scene.site.pids("redis"):
                    scene.site.signal(pid, signal.SIGKILL)
            case "down":
                await scene.site.away("redis", DOWN_SECONDS)
            case "full":
                async with _full(scene.site.redis_url):
                    await asyncio.sleep(FULL_SECONDS)


@asynccontextmanager
async def _full(url: str) -> AsyncIterator[None]:
    """Every write is refused; nothing is forgotten."""
    async with Redis.from_url(url) as redis:
        before = str((await redis.config_get("maxmemory"))["maxmemory"])
        await redis.config_set("maxmemory", TOO_LITTLE)
        try:
            yield
        finally:
            await redis.config_set("maxmemory", before)
