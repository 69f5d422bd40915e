"""Row 3: an edge is killed under a hundred readers."""

import asyncio
import signal

from tests.chaos.fault import Fault
from tests.chaos.faults.load import streams
from tests.chaos.scene import Scene
from tests.chaos.timing import Times, returns

CONVERSATIONS = 10
READERS = 10
GAP_MS = 60


class EdgeKilled(Fault):
    """Ten readers on each of ten streams; one edge dies, or all do."""

    number = 3
    name = "edge SIGKILL with 100 readers"
    recovery = "back on a stream"
    budget = 2.0
    short_runs = 2

    async def run(self, scene: Scene) -> None:
        await streams(
            scene, CONVERSATIONS, tokens=(60, 120), gap_ms=GAP_MS, spread=1.0, readers=READERS
        )
        await asyncio.sleep(scene.random.uniform(0.1, 1.0))
        edges = scene.site.pids("edge")
        scene.random.shuffle(edges)
        scene.strike()
        for pid in edges[: scene.random.randint(1, len(edges))]:
            scene.site.signal(pid, signal.SIGKILL)

    def times(self, scene: Scene) -> Times:
        if scene.fault_at is None:
            return Times()
        return returns([reader.seen for reader in scene.readers], scene.fault_at)
