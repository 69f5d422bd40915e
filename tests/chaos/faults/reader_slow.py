"""Row 24: readers that take one byte a second, or nothing, among others that listen."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from tests.chaos.crowd import CrowdReader, SlowReader
from tests.chaos.fault import Fault
from tests.chaos.faults.crowds import edge_bytes, gather, plain, transits
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.timing import Times, quantile
from tests.chaos.violation import Violation

SLOW = 500
HEALTHY = 40
CONVERSATIONS = 4
# About 200 bytes each: three answers fill the buffers of edge and kernel, some 80 KB a reader.
TOKENS = 160
GAP_MS = 20
FILLING = 3
MOST_BYTES = 64_000
# An edge waits 30 s for a blocked write, and looks every second.
DROP_SECONDS = 45.0
LOOK = 0.25


class ReaderSlow(Fault):
    """They cost little, are cut, and come back; nobody else notices."""

    number = 24
    name = f"{SLOW} readers that take 1 byte a second or nothing"
    recovery = "back after being cut"
    short_runs = 0
    full_runs = 1

    async def run(self, scene: Scene) -> None:
        self._slow: list[SlowReader] = []
        self._most = 0
        conversations = [await scene.conversation() for _ in range(CONVERSATIONS)]
        turns = 1 + FILLING + 1
        self._healthy = await gather(scene, conversations, HEALTHY, plain(scene), turns)
        await self._answer(scene, conversations, "alone")
        before = edge_bytes(scene)

        def slow(conversation_id: UUID, name: str) -> CrowdReader:
            reader = SlowReader(
                scene.site.api, scene.site.headers(), conversation_id,
                name=name, takes=len(self._slow) % 2,
            )  # fmt: skip
            self._slow.append(reader)
            return reader

        scene.strike()
        await gather(scene, conversations, SLOW, slow, turns)
        watching = asyncio.create_task(self._watch(scene))
        try:
            for _ in range(FILLING):
                await self._answer(scene, conversations, "while they block")
            await self._dropped(scene)
        finally:
            watching.cancel()
        scene.facts["KB each"] = round((self._most - before) / SLOW / 1_000, 1)
        for reader in self._slow:
            await reader.ended(TURN_SECONDS, 1 + FILLING)
        # All of them listen now: at the pace of the others' answers, they would be the load.
        await self._answer(scene, conversations, "when they are back", tokens=40, gap_ms=150)

    async def _watch(self, scene: Scene) -> None:
        while True:
            self._most = max(self._most, edge_bytes(scene))
            await asyncio.sleep(LOOK)

    async def _answer(
        self,
        scene: Scene,
        conversations: Sequence[UUID],
        phase: str,
        *,
        tokens: int = TOKENS,
        gap_ms: int = GAP_MS,
    ) -> None:
        """One turn in each conversation; what it took healthy readers to hear of it."""
        since = asyncio.get_running_loop().time()
        ends = [reader.ends for reader in self._healthy]
        await asyncio.gather(*(scene.ask(one, tokens, gap_ms) for one in conversations))
        for reader, ended in zip(self._healthy, ends, strict=True):
            await reader.ended(TURN_SECONDS, ended + 1)
        until = asyncio.get_running_loop().time()
        late = [
            ms
            for reader in self._healthy
            for ms in transits(list(reader.seen.frames), since, until)
        ]
        scene.facts[f"ms p95 {phase}"] = round(quantile(late, 0.95) or 0, 1)

    async def _dropped(self, scene: Scene) -> None:
        """Wait until each slow reader was cut."""
        loop = asyncio.get_running_loop()
        until = loop.time() + DROP_SECONDS
        while any(one.cut_at is None for one in self._slow) and loop.time() < until:  # noqa: ASYNC110 - as above
            await asyncio.sleep(LOOK)
        kept = sum(one.cut_at is None for one in self._slow)
        if kept:
            scene.violations.append(
                Violation("24", "slow readers", f"{kept} were not cut in {DROP_SECONDS:g} s")
            )

    async def verify(self, scene: Scene) -> None:
        if scene.facts["KB each"] * 1_000 > MOST_BYTES:
            found = f"{scene.facts['KB each']:g} KB of edge memory each"
            scene.violations.append(Violation("24", "slow readers", found))
        for reader in self._healthy:
            if len(reader.seen.connections) != 1:
                endings = [one.ending for one in reader.seen.connections]
                scene.violations.append(
                    Violation("24", reader.seen.reader, f"lost its stream: {endings}")
                )

    def times(self, scene: Scene) -> Times:
        del scene
        times = Times()
        for one in self._slow:
            back = [c.opened_at for c in one.seen.connections[1:] if c.opened_at is not None]
            if one.cut_at is not None and back:
                times.recovery.append(back[0] - one.cut_at)
        return times
