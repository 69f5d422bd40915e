"""Row 13: an edge is killed between accepting a message and answering."""

import asyncio
import signal
from uuid import UUID

from tests.chaos.fault import Fault
from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene

KILLS = 20
ALL_DIE = 5  # at each so many kills
MESSAGES = 10  # on their way at each kill
TOKENS = 3
# A message is accepted within a few hundredths of a second: the kill falls somewhere in there.
LONGEST_DELAY = 0.06


class EdgeKilledAccepting(Fault):
    """Clients send on, under the same id, until they are answered: the id decides."""

    number = 13
    name = f"edge SIGKILL between accepting and answering ({KILLS} kills)"
    recovery = "–"
    full_runs = 10

    async def run(self, scene: Scene) -> None:
        conversations = [await scene.conversation() for _ in range(MESSAGES)]
        readers = [await scene.watch(one, turns=KILLS) for one in conversations]
        for number in range(KILLS):
            await self._kill(scene, conversations, number)
            await _caught_up(readers, number + 1)
        scene.facts["kills"] = KILLS
        scene.facts["requests without an answer"] = scene.failures.count

    async def _kill(self, scene: Scene, conversations: list[UUID], number: int) -> None:
        # Its last death is forgiven, so that the next edge starts at once.
        await scene.site.up("edge")
        edges = scene.site.pids("edge")
        sending = [
            asyncio.create_task(scene.ask(one, TOKENS, 5)) for one in conversations
        ]  # fmt: skip
        await asyncio.sleep(scene.random.uniform(0.0, LONGEST_DELAY))
        # Now and then all edges die, so that no request is spared.
        for pid in scene.random.sample(edges, 1) if number % ALL_DIE else edges:
            scene.site.signal(pid, signal.SIGKILL)
        await asyncio.gather(*sending)


async def _caught_up(readers: list[Reader], turns: int) -> None:
    await asyncio.gather(*(reader.ended(TURN_SECONDS, turns) for reader in readers))
