"""Row 20: documents made to do harm, through the door that everybody uses."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from holdfast_client.client import ApiError

from tests.chaos.fault import Fault
from tests.chaos.faults.poison_files import READ, Poison, made
from tests.chaos.scene import Scene
from tests.chaos.violation import Violation

SECONDS = 60.0
# A worker's own memory may grow by what it takes to hand files over and take answers.
MOST_GROWTH = 512 * 1024 * 1024
# Of those that take longest to make or to read, none is in a short run.
LONG = frozenset({"million.csv", "million.xlsx", "bomb.pdf", "enormous.png", "poster.docx"})
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    poison: Poison
    code: str
    seconds: float


class PoisonDocuments(Fault):
    """Each file is read or fails by name within a minute; no worker is restarted, or grows; turns
    go on beside them."""

    number = 20
    name = "poison documents: bombs, entities, encrypted, truncated, mislabelled, enormous"
    recovery = "–"

    def __init__(self, *, every: bool, short_runs: int, full_runs: int) -> None:
        self._every = every
        self.short_runs = short_runs
        self.full_runs = full_runs
        self._outcomes: list[Outcome] = []
        self._before: dict[int, int] = {}

    async def run(self, scene: Scene) -> None:
        self._before = {pid: _peak(pid) for pid in scene.site.pids("worker")}
        [reader] = await scene.answered(100, 20)
        scene.strike()
        places = asyncio.Semaphore(AT_ONCE)
        self._outcomes = await asyncio.gather(
            *(_taken(scene, poison, places) for poison in made() if self._wanted(poison))
        )
        await reader.ended(SECONDS)

    def _wanted(self, poison: Poison) -> bool:
        return self._every or poison.name not in LONG

    async def verify(self, scene: Scene) -> None:
        scene.facts["files"] = len(self._outcomes)
        scene.facts["seconds of the slowest"] = max(one.seconds for one in self._outcomes)
        for one in self._outcomes:
            if one.code not in one.poison.codes:
                expected = ", ".join(sorted(one.poison.codes))
                said = f"came to {one.code!r} instead of {expected}"
                scene.violations.append(Violation("row 20", one.poison.name, said))
        after = scene.site.pids("worker")
        if set(after) != set(self._before):
            said = f"are {after}, and were {sorted(self._before)}"
            scene.violations.append(Violation("row 20", "the workers", said))
        grown = max((_peak(pid) - self._before.get(pid, 0) for pid in after), default=0)
        scene.facts["bytes that a worker grew by"] = grown
        if grown > MOST_GROWTH:
            said = f"grew by {grown:,} bytes"
            scene.violations.append(Violation("row 20", "a worker", said))


async def _taken(scene: Scene, poison: Poison, places: asyncio.Semaphore) -> Outcome:
    loop = asyncio.get_running_loop()
    async with places:
        began = loop.time()
        code = await _outcome(scene, poison, began + SECONDS)
        return Outcome(poison, code, loop.time() - began)


async def _outcome(scene: Scene, poison: Poison, until: float) -> str:
    """The code of its error, READ once it has passages, or what kept it from either."""
    file = ("file", (poison.name, poison.data, "application/octet-stream"))
    try:
        sent = await scene.client.ask("POST", "/v1/documents", file=file)
    except ApiError as error:
        return error.code
    path = f"/v1/documents/{sent.json()['id']}"
    while asyncio.get_running_loop().time() < until:
        found = await scene.client.get(path)
        if found["error"]:
            return str(found["error"]["code"])
        if found["passages"] or found["status"] == "ready":
            return READ
        await asyncio.sleep(0.2)
    return f"still {found['status']} after {SECONDS:.0f} s"


def _peak(pid: int) -> int:
    """Most bytes that it ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
