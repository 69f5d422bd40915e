"""Row 33: a worker is killed between a tool's side effect and its report."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.fault import Fault
from tests.chaos.faults.clocks_apart import INSIDE
from tests.chaos.faults.inbox import Asked, Person, ask, stands
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

DEADLY = "HOLDFAST_CHAOS_DEADLY"
IN_A_TURN = 16  # the most that one step may ask for
AT_ONCE = 3  # turns
ENDINGS = frozenset({"completed", "unknown"})


class EffectUnreported(Fault):
    """Every note that is published kills its worker right after, before anybody hears of it; those
    that stand side by side die together."""

    number = 33
    recovery = "–"

    def __init__(self, turns: int, *, short_runs: int, full_runs: int) -> None:
        self._turns = turns
        self.name = f"worker SIGKILL between side effect and report ({turns * IN_A_TURN} calls)"
        self.short_runs = short_runs
        self.full_runs = full_runs
        self._asked: list[Asked] = []

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        path = f"{INSIDE}:{site.environment('worker')['PYTHONPATH']}"
        async with site.exchanged(worker={"PYTHONPATH": path, DEADLY: "1"}):
            yield

    async def run(self, scene: Scene) -> None:
        self._asked = []
        left = list(range(self._turns))

        async def one_after_another() -> None:
            while left:
                left.pop()
                await self._turn(scene)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(one_after_another())

    async def _turn(self, scene: Scene) -> None:
        reader, asked = await ask(scene, IN_A_TURN)
        self._asked += asked
        person = Person(scene.site)
        try:
            await asyncio.gather(*(person.decide(one.approval_id, "approve") for one in asked))
        finally:
            await person.close()
        await reader.ended(TURN_SECONDS)
        # A supervisor waits longer each time that a process dies soon: these are no crashes of it.
        await scene.site.up("worker")

    async def verify(self, scene: Scene) -> None:
        stored = await stands(scene.site, self._asked)
        seen: Counter[tuple[str, int]] = Counter()
        for one in self._asked:
            found = stored[one.approval_id]
            seen[found.call_status, found.notes] += 1
            if found.notes > 1 or found.call_status not in ENDINGS or not found.executed:
                wrong = f"{found.call_status}, {found.notes} notes, executed {found.executed}"
                scene.violations.append(Violation("row 33", f"approval {one.approval_id}", wrong))
            if found.call_status == "completed" and not found.notes:
                told = "is told to have run, and did not"
                scene.violations.append(Violation("row 33", f"approval {one.approval_id}", told))
        scene.facts["calls"] = len(self._asked)
        scene.facts["killed between effect and report"] = seen["unknown", 1]
        scene.facts["killed before their effect"] = seen["unknown", 0]
        if not seen["unknown", 1]:
            scene.violations.append(Violation("row 33", "the fault", "struck nothing"))

    def times(self, scene: Scene) -> Times:
        return Times()
