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
    """Twenty streams, each at another token; one worker dies, or all of them do."""

    number = 1
    full_runs = 3

    def __init__(self, provider: Provider, *, every: bool) -> None:
        self.provider = provider
        self._every = every
        language = "Responses" if provider == "responses" else "Chat Completions"
        who = "every worker" if every else "one worker of two"
        self.name = f"{who} SIGKILL mid-stream ({language})"
        # With none left, it is the start of a process that streams wait for.
        self.budget = None if every else 6.0

    async def run(self, scene: Scene) -> None:
        await streams(scene, STREAMS, tokens=(80, 200), gap_ms=GAP_MS, spread=1.5)
        await asyncio.sleep(scene.random.uniform(0.1, 1.2))
        workers = scene.site.pids("worker")
        scene.strike()
        for pid in workers if self._every else scene.random.sample(workers, 1):
            scene.site.signal(pid, signal.SIGKILL)

    async def verify(self, scene: Scene) -> None:
        if self.provider == "chat":
            return
        evidence = await scene.evidence()
        scene.violations += uncut(evidence)
        calls = await scene.model_calls()
        speaking = heard_before(evidence, scene.fault_at or 0.0)
        scene.violations += asked_once({one: calls[one] for one in speaking})
