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
    """Ten readers on each of ten streams; one edge dies and another takes over, or all die."""

    number = 3
    full_runs = 2
    recovery = "back on a stream"

    def __init__(self, *, every: bool) -> None:
        self._every = every
        self.name = f"{'every edge' if every else 'one edge of two'} SIGKILL, 100 readers"
        # With none left, it is the start of a process that they wait for.
        self.budget = None if every else 2.0

    async def run(self, scene: Scene) -> None:
        await streams(
            scene, CONVERSATIONS, tokens=(60, 120), gap_ms=GAP_MS, spread=1.0, readers=READERS
        )
        await asyncio.sleep(scene.random.uniform(0.1, 1.0))
        edges = scene.site.pids("edge")
        scene.strike()
        for pid in edges if self._every else scene.random.sample(edges, 1):
            scene.site.signal(pid, signal.SIGKILL)

    def times(self, scene: Scene) -> Times:
        if scene.fault_at is None:
            return Times()
        return returns([reader.seen for reader in scene.readers], scene.fault_at)
