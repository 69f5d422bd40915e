"""Row 7: Redis forgets everything, or is gone for a while, in the middle of answers."""

import asyncio
import signal
from typing import Literal

from redis.asyncio import Redis

from tests.chaos.fault import Fault
from tests.chaos.faults.load import streams
from tests.chaos.scene import Scene

STREAMS = 8
READERS = 3
GAP_MS = 40
DOWN_SECONDS = 30.0
How = Literal["flush", "restart", "down"]
NAMES: dict[How, str] = {
    "flush": "Redis FLUSHALL mid-answer",
    "restart": "Redis SIGKILL and restart mid-answer",
    "down": f"Redis down for {DOWN_SECONDS:g} s mid-answer",
}


class RedisLost(Fault):
    """The stream degrades, the turn does not: readers hold the stored text in the end."""

    number = 7

    def __init__(self, how: How) -> None:
        self._how = how
        self.name = NAMES[how]
        self.short_runs = 0 if how == "down" else 1
        self.full_runs = 2 if how == "down" else 5

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
                await scene.site.down("redis", DOWN_SECONDS)
