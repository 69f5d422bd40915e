"""Row 5: Postgres is restarted under load, or all connections to it are cut again and again."""

import asyncio
import signal

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from tests.chaos.fault import Fault
from tests.chaos.faults.people import People
from tests.chaos.scene import Scene
from tests.chaos.violation import Violation

PEOPLE = People(count=8, tokens=30, gap_ms=25)
SETTLED = 2.0  # seconds of undisturbed talk before the fault
_CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = 'holdfast_app' AND datname = current_database()
"""


class PostgresRestarted(Fault):
    """Now an orderly shutdown, now a crash that it must recover from, in the middle of turns."""

    number = 5
    recovery = "–"

    def __init__(self, restarts: int, *, short: bool) -> None:
        self.name = f"Postgres restarted under load ({restarts} times)"
        self.short_runs, self.full_runs = (1, 0) if short else (0, 1)
        self._restarts = restarts

    async def run(self, scene: Scene) -> None:
        over = asyncio.Event()
        talking = asyncio.create_task(PEOPLE.talk(scene, over))
        try:
            await asyncio.sleep(SETTLED)
            for number in range(self._restarts):
                # Postgres calls SIGINT its fast shutdown, SIGQUIT its immediate one.
                how = (signal.SIGQUIT, signal.SIGINT)[number % 2]
                [pid] = scene.site.pids("postgres")
                scene.site.signal(pid, how)
                await scene.site.replaced("postgres", pid, 1)
                await scene.site.up("postgres")
                await asyncio.sleep(scene.random.uniform(1.0, 4.0))
        finally:
            over.set()
            await talking
        scene.facts["restarts"] = self._restarts
        scene.facts["requests repeated"] = scene.failures.count


class ConnectionsCut(Fault):
    """All connections of the application's role at once, at random moments.

    The table says every 5-40 s for hours. A turn here lasts a second and not minutes, so they are
    cut every 0.25-2 s: each turn is as likely to be hit, in a twentieth of the time.
    """

    number = 5
    recovery = "–"
    short_runs = 0
    full_runs = 1

    def __init__(self, cuts: int) -> None:
        self.name = f"all connections to Postgres cut {cuts} times, every 0.25-2 s"
        self._cuts = cuts

    async def run(self, scene: Scene) -> None:
        over = asyncio.Event()
        talking = asyncio.create_task(PEOPLE.talk(scene, over))
        cut = 0
        try:
            await asyncio.sleep(SETTLED)
            owner = await asyncpg.connect(scene.site.owner_url, timeout=5)
            try:
                for _ in range(self._cuts):
                    await asyncio.sleep(scene.random.uniform(0.25, 2.0))
                    cut += await owner.fetchval(_CUT)
            finally:
                await owner.close()
        finally:
            over.set()
            await talking
        if cut == 0:
            scene.violations.append(Violation("row 5", self.name, "no connection was ever cut"))
        scene.facts["connections cut"] = cut
        scene.facts["requests repeated"] = scene.failures.count
