"""Row 2: a worker stands still for longer than its heartbeat, and wakes as a zombie."""

import asyncio
import signal

from tests.chaos.fault import Fault
from tests.chaos.faults.load import streams
from tests.chaos.reading import Reader
from tests.chaos.scene import Scene
from tests.chaos.tokens import asked_once, heard_before, uncut

STREAMS = 10
NOTES = 6
GAP_MS = 50
HEARTBEAT = 4.0


class WorkerFrozen(Fault):
    """Streams and side effects are under way on a worker that is stopped and goes on later."""

    number = 2
    name = "worker SIGSTOP past its heartbeat, then SIGCONT"
    budget = 6.0
    full_runs = 3

    async def run(self, scene: Scene) -> None:
        waiting = await asyncio.gather(*(scene.note() for _ in range(NOTES)))
        for reader in waiting:
            await reader.until(60, "approval.requested")
        await streams(scene, STREAMS, tokens=(140, 240), gap_ms=GAP_MS, spread=1.0)
        await asyncio.sleep(scene.random.uniform(0.1, 1.0))
        pid = scene.random.choice(scene.site.pids("worker"))
        # Some tools run, some are about to, when everything stops.
        for reader in waiting:
            scene.begin(self._soon(scene, reader))
        await asyncio.sleep(scene.random.uniform(0.0, 0.15))
        scene.strike()
        scene.site.signal(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(HEARTBEAT + scene.random.uniform(1.0, 3.0))
        finally:
            scene.site.signal(pid, signal.SIGCONT)

    async def _soon(self, scene: Scene, reader: Reader) -> None:
        await asyncio.sleep(scene.random.uniform(0.0, 0.3))
        await scene.approve(reader)

    async def verify(self, scene: Scene) -> None:
        evidence = await scene.evidence()
        scene.violations += uncut(evidence)
        calls = await scene.model_calls()
        speaking = heard_before(evidence, scene.fault_at or 0.0)
        plain = {sent.message_id for sent in evidence.sent if sent.tokens is not None}
        scene.violations += asked_once({one: calls[one] for one in plain & speaking})
