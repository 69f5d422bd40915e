"""Row 6: the connection to Postgres is cut after COMMIT was sent, before its answer came."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Literal

from tests.chaos.fault import Fault
from tests.chaos.faults.people import People
from tests.chaos.proxy import Direction, Proxy, Ruling
from tests.chaos.scene import Scene
from tests.chaos.site import DATABASE_VARIABLE, Site
from tests.chaos.violation import Violation
from tests.chaos.wire import Transactions

# Of three commits about one is lost: work still gets on, and now and then all of a transaction's
# six tries are lost, so that Temporal's retries and the client's have their turn.
CHANCE = 0.3
PEOPLE = People(count=8, tokens=5, gap_ms=5)
# Ten times what the cuts take on two busy cores.
LONGEST_SECONDS = 240.0
Loss = Literal["answered", "at once"]


class CommitCut(Fault):
    """Nobody knows whether what was committed is there: a unique key decides.

    A commit is lost in one of two ways: Postgres has answered and we keep the answer, so that it
    is certainly done; or both ends are cut at once behind the COMMIT, so that it may be.
    """

    number = 6
    recovery = "–"

    def __init__(self, cuts: int, *, short: bool) -> None:
        self.name = f"connection cut after COMMIT was sent ({cuts} cuts)"
        self.short_runs, self.full_runs = (1, 0) if short else (0, 1)
        self._wanted = cuts
        self._cutter = _Cutter()

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        url = site.environment("worker")[DATABASE_VARIABLE]
        watching = partial(_Client, self._cutter)
        async with Proxy.before(url, watching=lambda: watching().judge) as proxy:
            changed = {DATABASE_VARIABLE: proxy.instead(url)}
            async with site.exchanged(worker=changed, edge=changed):
                yield

    async def run(self, scene: Scene) -> None:
        over = asyncio.Event()
        self._cutter.start(self._wanted, scene.random)
        talking = asyncio.create_task(PEOPLE.talk(scene, over))
        enough = asyncio.create_task(self._cutter.enough.wait())
        await asyncio.wait(
            {talking, enough}, timeout=LONGEST_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        enough.cancel()
        self._cutter.stop()
        over.set()
        await talking
        cuts = self._cutter.cuts
        scene.facts["cuts"] = cuts.total()
        scene.facts["of them answered by Postgres"] = cuts["answered"]
        scene.facts["notes"] = sum(sent.notes for sent in scene.sent.values())
        scene.facts["requests repeated"] = scene.failures.count

    async def verify(self, scene: Scene) -> None:
        if (cuts := self._cutter.cuts.total()) < self._wanted:
            said = f"{cuts} cuts happened, not {self._wanted}"
            scene.violations.append(Violation("row 6", self.name, said))


class _Cutter:
    """Chooses commits, until there were enough."""

    def __init__(self) -> None:
        self.cuts: Counter[Loss] = Counter()
        self.enough = asyncio.Event()
        self._left = 0
        self._random = random.Random()  # noqa: S311 - until a run brings its own

    def start(self, count: int, chance: random.Random) -> None:
        self.cuts.clear()
        self.enough.clear()
        self._left, self._random = count, chance

    def stop(self) -> None:
        self._left = 0

    def chosen(self) -> Loss | None:
        """How this commit is lost; None when it is spared."""
        if self._left == 0 or self._random.random() > CHANCE:
            return None
        self._left -= 1
        if self._left == 0:
            self.enough.set()
        loss: Loss = self._random.choice(("answered", "at once"))
        self.cuts[loss] += 1
        return loss


class _Client:
    """One connection to Postgres."""

    def __init__(self, cutter: _Cutter) -> None:
        self._cutter = cutter
        self._transactions = Transactions()
        self._answer_is_lost = False

    def judge(self, direction: Direction, data: bytes) -> Ruling:
        if direction == "down":
            return "cut" if self._answer_is_lost else "pass"
        if not self._transactions.commits(data):
            return "pass"
        match self._cutter.chosen():
            case None:
                return "pass"
            case "answered":
                self._answer_is_lost = True
                return "pass"
            case "at once":
                return "pass_then_cut"
