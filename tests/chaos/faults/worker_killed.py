"""Row 1: a worker is killed while it streams."""

import asyncio
import signal

from tests.chaos.fault import Fault, Provider
from tests.chaos.faults.load import streams
from tests.chaos.scene import Scene
from tests.chaos.tokens import asked_once, heard_before, uncut

STREAMS = 20
GAP_MS = 30


class WorkerKilled(Fault):
    """Twenty streams, each at another token; one worker or all of them die."""

    number = 1
    budget = 6.0
    short_runs = 2
    full_runs = 10

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        words = "Responses" if provider == "responses" else "Chat Completions"
        self.name = f"worker SIGKILL mid-stream ({words})"

    async def run(self, scene: Scene) -> None:
        await streams(scene, STREAMS, tokens=(80, 200), gap_ms=GAP_MS, spread=1.5)
        await asyncio.sleep(scene.random.uniform(0.1, 1.2))
        workers = scene.site.pids("worker")
        scene.random.shuffle(workers)
        scene.strike()
        for pid in workers[: scene.random.randint(1, len(workers))]:
            scene.site.signal(pid, signal.SIGKILL)

    async def verify(self, scene: Scene) -> None:
        if self.provider == "chat":
            return
        evidence = await scene.evidence()
        scene.violations += uncut(evidence)
        calls = await scene.model_calls()
        speaking = heard_before(evidence, scene.fault_at or 0.0)
        scene.violations += asked_once({one: calls[one] for one in speaking})
