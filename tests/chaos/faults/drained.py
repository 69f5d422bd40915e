"""Row 32: every process is asked to end, one after the other, under load."""

import asyncio
import signal

from tests.chaos.fault import Fault
from tests.chaos.scene import TURN_SECONDS, Scene

CLIENTS = 6
TOKENS = 30
GAP_MS = 25
# Postgres calls SIGINT its fast shutdown; at SIGTERM it waits for its clients, who never leave.
ASKED = {"postgres": signal.SIGINT}
IN_TURN = ("edge", "worker", "redis", "postgres", "temporal", "model", "worker", "edge")
BETWEEN = 1.0


class Drained(Fault):
    """Clients talk on while each process of the stack is replaced."""

    number = 32
    name = "SIGTERM to every process in turn, under load"
    recovery = "–"
    short_runs = 1
    full_runs = 2

    async def run(self, scene: Scene) -> None:
        over = asyncio.Event()
        talking = asyncio.gather(*(self._talk(scene, over) for _ in range(CLIENTS)))
        try:
            await asyncio.sleep(BETWEEN)
            for name in IN_TURN:
                await self._replace(scene, name)
        finally:
            over.set()
            await talking
        scene.facts["turns under load"] = len(scene.sent)

    async def _replace(self, scene: Scene, name: str) -> None:
        pids = scene.site.pids(name)
        pid = scene.random.choice(pids)
        scene.site.signal(pid, ASKED.get(name, signal.SIGTERM))
        await scene.site.replaced(name, pid, len(pids))
        await scene.site.up(name)
        await asyncio.sleep(BETWEEN)

    async def _talk(self, scene: Scene, over: asyncio.Event) -> None:
        conversation_id = await scene.conversation(scene.random.choice(["direct", "general"]))
        reader = await scene.watch(conversation_id, turns=10**6)
        turns = 0
        while not over.is_set():
            await scene.ask(conversation_id, TOKENS, GAP_MS)
            turns += 1
            await reader.ended(TURN_SECONDS, turns)
            await asyncio.sleep(scene.random.uniform(0.05, 0.5))
        reader.expect(turns)
