"""Row 10: the model's provider takes 200 calls and says nothing, or a byte in 10 s."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from tests.chaos.fault import Fault
from tests.chaos.faults.asked import (
    ANSWERS,
    Asked,
    Call,
    Case,
    all_ended,
    ask_all,
    called_as_allowed,
    ended_as_asked,
    model_calls,
)
from tests.chaos.faults.neighbour import Neighbour
from tests.chaos.faults.witness import cpu_seconds
from tests.chaos.scene import Scene
from tests.chaos.site import Site
from tests.chaos.timing import Times, quantile
from tests.chaos.violation import Violation

# Long enough for so many turns to begin on a loaded machine before the first of them is cut.
FIRST_TOKEN = 30.0
BETWEEN_TOKENS = 6.0
LIMITS = {
    "HOLDFAST_MODEL__FIRST_TOKEN": f"PT{FIRST_TOKEN:g}S",
    "HOLDFAST_MODEL__BETWEEN_TOKENS": f"PT{BETWEEN_TOKENS:g}S",
}
SILENT = (
    Case("says nothing", 140, "fail=stall times=1", calls=2),
    Case("a byte in 10 s", 50, "fail=trickle times=1", calls=2, lost=1),
    Case("a byte in 0.5 s", 10, "fail=trickle pause_ms=500 times=1", calls=2, lost=1),
)
# Their provider keeps the answer: it is taken up again, and asked for once.
STOPPING = (
    Case("nothing more in mid-answer", 15, "fail=stall after=5 times=1", calls=1),
    Case("a byte in 10 s in mid-answer", 15, "fail=trickle after=5 times=1", calls=1),
)
STUCK = sum(case.count for case in SILENT)
TURNS_ALONE = 12
# A limit that does not hold is off by minutes; a loaded machine by less than this.
LATE = 8.0
ALL_CALLS = ANSWERS | {"responses.retrieve"}


class ModelHanging(Fault):
    """Stuck calls are cut at their limits, and another space's turns go on beside them."""

    number = 10
    name = f"model takes {STUCK} calls and says nothing, or a byte in 10 s"
    recovery = "behind the limit"
    short_runs = 0
    full_runs = 1

    def __init__(self) -> None:
        self._asked: list[Asked] = []
        self._late: list[float] = []

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        async with site.exchanged(worker=LIMITS):
            yield

    async def run(self, scene: Scene) -> None:
        self._late = []
        neighbour = Neighbour(scene)
        await neighbour.talk(TURNS_ALONE)
        neighbour.measured("alone", neighbour.turns)
        talking = asyncio.create_task(neighbour.talk())
        try:
            silent = await ask_all(scene, SILENT, watched=False)
            start, end = await self._all_stuck(scene, silent)
            self._asked = [*silent, *await ask_all(scene, STOPPING)]
            await all_ended(scene, self._asked)
        finally:
            neighbour.hush()
            await talking
        self._undisturbed(scene, neighbour, start, end)

    async def _all_stuck(self, scene: Scene, silent: Sequence[Asked]) -> tuple[float, float]:
        """The time, by the loop's clock, in which the model server had them all at once."""
        loop = asyncio.get_running_loop()
        wanted = {one.sent.message_id for one in silent}
        calls: Mapping[UUID, Sequence[Call]] = {}
        async with asyncio.timeout(FIRST_TOKEN):
            while not wanted <= calls.keys():
                calls = await model_calls(scene.site)
                await asyncio.sleep(0.2)  # a ledger sets no event
        start, used = loop.time(), _used(scene.site)
        left = min(calls[one][0].at for one in wanted) + FIRST_TOKEN - time.time()
        scene.facts["stuck at once for s"] = round(left, 1)
        if left <= 0:
            said = f"the first was to be cut {-left:.1f} s before all {len(wanted)} were there"
            scene.violations.append(Violation("row 10", "the stuck calls", said))
            return start, start
        await asyncio.sleep(left)
        for name, seconds in _used(scene.site).items():
            scene.facts[f"{name}'s share of a core"] = round((seconds - used[name]) / left, 2)
        return start, start + left

    def _undisturbed(self, scene: Scene, neighbour: Neighbour, start: float, end: float) -> None:
        """Another space's turns came and went while all of the calls were stuck."""
        beside = neighbour.between(start, end)
        neighbour.measured("beside them", beside)
        scene.facts["neighbours' turns beside them"] = len(beside)
        waited = sum(turn.ended - turn.sent >= FIRST_TOKEN for turn in neighbour.turns)
        if waited or not beside:
            said = f"of {len(beside)} turns beside the stuck calls, {waited} took as long as they"
            scene.violations.append(Violation("row 10", "another space", said))

    async def verify(self, scene: Scene) -> None:
        scene.violations += ended_as_asked(await scene.evidence(), self._asked)
        scene.violations += called_as_allowed(await model_calls(scene.site), self._asked)
        scene.violations += self._cut_late(await model_calls(scene.site, ALL_CALLS))
        scene.facts["cut behind the limit p95 s"] = round(quantile(self._late, 0.95) or 0.0, 2)

    def _cut_late(self, calls: Mapping[UUID, Sequence[Call]]) -> Iterator[Violation]:
        """By the model server's own clock: how long it was listened to in vain."""
        for one in self._asked:
            limit = FIRST_TOKEN if one.case in SILENT else BETWEEN_TOKENS
            subject = f"message {one.sent.message_id}"
            cut = [call for call in calls.get(one.sent.message_id, ()) if call.left is not None]
            if not cut:
                yield Violation("row 10", subject, f"{one.case.name}: nobody gave up on it")
            for call in cut:
                late = (call.left or 0.0) - call.at - limit
                self._late.append(late)
                if not -1.0 < late < LATE:
                    said = f"{one.case.name}: cut {late:.1f} s behind the limit"
                    yield Violation("row 10", subject, said)

    def times(self, scene: Scene) -> Times:
        return Times(recovery=self._late)


def _used(site: Site) -> dict[str, float]:
    """Processor seconds so far of those that have work while calls are stuck."""
    return {name: cpu_seconds(site.pids(name)) for name in ("worker", "redis", "temporal")}
