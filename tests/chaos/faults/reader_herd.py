"""Row 25: two thousand readers are cut at once, and all come back."""

import asyncio
import signal
import time
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
from redis.asyncio import Redis

from tests.chaos.fault import Fault
from tests.chaos.faults.crowds import gather, plain
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.timing import Times, quantile, returns
from tests.chaos.violation import Violation

CONVERSATIONS = 20
# Long enough that each answer is under way when its readers are cut, and when the last is back.
TOKENS = 24
GAP_MS = 500
BACK_SECONDS = 30.0
PROBE_SECONDS = 0.1
LOOK = 0.1
# An edge that dies with the request takes its answer along; any answer it gives must be a good one.
BAD = 400


@dataclass(slots=True)
class Probe:
    """Somebody else's ordinary requests, one after the other, each of which asks Postgres."""

    conversation_id: UUID
    milliseconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lost: int = 0
    asked: int = 0

    async def run(self, scene: Scene) -> None:
        async with httpx2.AsyncClient(
            base_url=scene.site.api, headers=scene.site.headers(), trust_env=False, timeout=60
        ) as http:
            while True:
                began = time.monotonic()
                self.asked += 1
                try:
                    answer = await http.get(f"/v1/conversations/{self.conversation_id}/messages")
                    if answer.status_code >= BAD:
                        self.refused.append(f"{answer.status_code} {answer.text[:200]}")
                except httpx2.TransportError:
                    self.lost += 1
                self.milliseconds.append((time.monotonic() - began) * 1_000)
                await asyncio.sleep(PROBE_SECONDS)


class ReaderHerd(Fault):
    """An edge dies, or all do and Redis has forgotten: every replay is then Postgres's."""

    number = 25
    recovery = "back on a stream"
    budget = BACK_SECONDS

    def __init__(self, readers: int, *, every: bool, short_runs: int, full_runs: int) -> None:
        self._readers, self._every = readers, every
        self.short_runs, self.full_runs = short_runs, full_runs
        how = "every edge SIGKILL, Redis empty" if every else "one edge of two SIGKILL"
        self.name = f"{readers:,} readers cut, {how}"

    async def run(self, scene: Scene) -> None:
        conversations = [await scene.conversation() for _ in range(CONVERSATIONS)]
        # A turn before: something to replay.
        await asyncio.gather(*(scene.ask(one, 5, 0) for one in conversations))
        crowd = await gather(scene, conversations, self._readers, plain(scene), turns=2)
        async with asyncio.timeout(TURN_SECONDS):
            for reader in crowd:
                await reader.ended(TURN_SECONDS)
        probe = self._probe = Probe(await scene.conversation())
        probing = asyncio.create_task(probe.run(scene))
        try:
            await asyncio.gather(*(scene.ask(one, TOKENS, GAP_MS) for one in conversations))
            await asyncio.sleep(scene.random.uniform(0.5, 2))
            scene.facts["probe ms p95 before"] = _p95(probe)
            await self._cut(scene)
            await self._back(scene)
            scene.facts["probe ms p95 then"] = _p95(probe)
        finally:
            probing.cancel()

    async def _cut(self, scene: Scene) -> None:
        edges = scene.site.pids("edge")
        scene.strike()
        for pid in edges if self._every else scene.random.sample(edges, 1):
            scene.site.signal(pid, signal.SIGKILL)
        if self._every:
            async with Redis.from_url(scene.site.redis_url) as redis:
                await redis.flushall()

    async def _back(self, scene: Scene) -> None:
        """Wait until every reader that was cut has a stream again."""
        loop = asyncio.get_running_loop()
        until = (scene.fault_at or 0) + BACK_SECONDS
        await asyncio.sleep(1)
        while loop.time() < until and _away(scene):  # noqa: ASYNC110 - readers set no event of ours
            await asyncio.sleep(LOOK)
        if away := _away(scene):
            scene.violations.append(
                Violation("25", "readers", f"{away} are not back after {BACK_SECONDS:g} s")
            )

    async def verify(self, scene: Scene) -> None:
        probe = self._probe
        scene.facts["probes"] = probe.asked
        scene.facts["probes cut off"] = probe.lost
        for refused in probe.refused:
            scene.violations.append(Violation("25", "somebody else's request", refused))
        for reader in scene.readers:
            for one in reader.seen.connections:
                if one.status not in {None, 200}:
                    found = f"was answered {one.status}"
                    scene.violations.append(Violation("25", reader.seen.reader, found))

    def times(self, scene: Scene) -> Times:
        if scene.fault_at is None:
            return Times()
        return returns([reader.seen for reader in scene.readers], scene.fault_at)


def _away(scene: Scene) -> int:
    """Readers without a stream."""
    return sum(
        not reader.seen.finished
        and ((last := reader.seen.connections[-1]).opened_at is None or last.closed_at is not None)
        for reader in scene.readers
    )


def _p95(probe: Probe) -> float:
    found = quantile(probe.milliseconds, 0.95)
    probe.milliseconds.clear()
    return round(found or 0, 1)
