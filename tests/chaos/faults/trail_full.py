"""Row 29: the disk is full where the audit trail goes: nothing happens that it cannot tell of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import httpx2

from tests.chaos.fault import Fault
from tests.chaos.faults.colleague import office
from tests.chaos.faults.inbox import Asked, Person, Stands, ask, stands
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

NOTES = 4
# Long enough for a worker to try: it is patient for eight seconds, and then asks again.
FULL_SECONDS = 3.0
REFUSED = (503, "store_unavailable")
_FILL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$
"""
_WATCH = """
CREATE TRIGGER disk_is_full BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION disk_is_full()
"""


class TrailFull(Fault):
    """Verdicts are refused, what was approved before does not run, no edge is ready; then the
    disk has room again, and all goes on."""

    number = 29
    name = "audit trail that cannot be written"
    recovery = "–"
    full_runs = 3

    def __init__(self) -> None:
        self._approved: list[Asked] = []
        self._waiting: list[Asked] = []

    async def run(self, scene: Scene) -> None:
        site, person = scene.site, Person(scene.site)
        try:
            first, self._approved = await ask(scene, NOTES)
            second, self._waiting = await ask(scene, NOTES)
            await site.down("worker")
            try:
                for one in self._approved:
                    await person.decide(one.approval_id, "approve")
                async with _full(site):
                    await site.up("worker")
                    await self._refused(scene, person)
            finally:
                await site.up("worker")
            await site.ready()
            for one in self._waiting:
                answer = await person.decide(one.approval_id, "approve")
                self._wrong(scene, one, [] if answer.status == 200 else [f"was told {answer}"])
            await first.ended(TURN_SECONDS)
            await second.ended(TURN_SECONDS)
        finally:
            await person.close()

    async def _refused(self, scene: Scene, person: Person) -> None:
        """While nothing can be written."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            ready = await http.get(f"{scene.site.api}/readyz")
        if (ready.status_code, ready.json()["checks"].get("audit")) != (503, "failed"):
            scene.violations.append(Violation("row 29", "readiness", f"says {ready.text[:200]}"))
        for one, decision in zip(
            self._waiting, ("approve", "deny", "revise", "approve"), strict=True
        ):
            answer = await person.say(one.approval_id, decision)
            told = (answer.status, answer.code)
            self._wrong(scene, one, [] if told == REFUSED else [f"{decision} was told {answer}"])
        await asyncio.sleep(FULL_SECONDS)
        found = await stands(scene.site, [*self._approved, *self._waiting])
        for one in self._approved:
            self._wrong(scene, one, _ran(found[one.approval_id], "approved"))
        for one in self._waiting:
            self._wrong(scene, one, _ran(found[one.approval_id], "pending"))

    async def verify(self, scene: Scene) -> None:
        asked = [*self._approved, *self._waiting]
        found = await stands(scene.site, asked)
        for one in asked:
            stood = found[one.approval_id]
            seen = (stood.state, stood.notes, len(stood.audits), stood.executions)
            fine = seen == ("approved", 1, 1, 1)
            self._wrong(scene, one, [] if fine else [f"ended as {seen}"])
        async with office(scene.site) as trail:
            scene.violations += await trail.broken_trail()

    def _wrong(self, scene: Scene, one: Asked, wrong: list[str]) -> None:
        subject = f"approval {one.approval_id}"
        scene.violations += [Violation("row 29", subject, said) for said in wrong]

    def times(self, scene: Scene) -> Times:
        return Times()


def _ran(stood: Stands, state: str) -> list[str]:
    seen = (stood.state, stood.notes, stood.executed)
    return [] if seen == (state, 0, False) else [f"while nothing could be written: {seen}"]


@asynccontextmanager
async def _full(site: Site) -> AsyncIterator[None]:
    """As Postgres says it when a table cannot grow."""
    connection = await asyncpg.connect(site.owner_url)
    try:
        await connection.execute(_FILL)
        await connection.execute(_WATCH)
        try:
            yield
        finally:
            await connection.execute("DROP TRIGGER disk_is_full ON audit")
            await connection.execute("DROP FUNCTION disk_is_full()")
    finally:
        await connection.close()
