"""Row 17: processes whose wall clocks are minutes apart."""

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2

from local import identity
from settings import IdentitySettings, Settings
from tests.chaos.fault import Fault
from tests.chaos.faults.inbox import Asked, Person, ask, stands
from tests.chaos.faults.load import streams
from tests.chaos.reading import Reader
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.violation import Violation

INSIDE = Path(__file__).parents[1] / "inside"
CLOCKS = "HOLDFAST_CHAOS_CLOCKS"
APART = timedelta(minutes=10)
# Issued before any of these clocks' now, valid beyond any of them.
ISSUED, LIFE = -3 * APART, timedelta(hours=12)
LEEWAY = IdentitySettings().leeway.total_seconds()
WINDOW = Settings.model_fields["approval_window"].default
# Between the edge's look at its clock and the date in its answer, which it renews once a second.
BLUR = 3.0
STREAMS, READERS, GAP_MS = 6, 2, 40
TURNS = 4  # in one conversation
NOTES = 4
TOKENS_TRIED = 60
STORE_BLUR = timedelta(seconds=30)  # Postgres's clock is right, and a machine may be slow


class ClocksApart(Fault):
    """One worker and one edge are 10 minutes off, the others right; a process that is started again
    has another clock than before. `tests/chaos/inside` turns the clocks of Python code: `time` and
    `datetime`. Temporal's core, Postgres and Redis keep the machine's, as they would on machines
    of their own."""

    number = 17
    budget = 6.0
    short_runs = 0
    full_runs = 1

    def __init__(self, *, edge_ahead: bool) -> None:
        self._edge = APART if edge_ahead else -APART
        self.name = (
            f"an edge 10 min {'ahead' if edge_ahead else 'behind'},"
            f" a worker 10 min {'behind' if edge_ahead else 'ahead'}"
        )
        self._talks: dict[UUID, list[UUID]] = {}
        self._asked: list[Asked] = []

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        before = site.token
        edge, worker = (self._clocks(site, name) for name in ("edge", "worker"))
        async with site.exchanged(edge=edge, worker=worker):
            site.token = identity.mint(
                site.folder,
                site.organisation_id,
                {site.space_id: "admin"},
                uuid4(),
                LIFE,
                issued=ISSUED,
            )
            try:
                yield
            finally:
                site.token = before

    def _clocks(self, site: Site, name: str) -> dict[str, str]:
        shift = self._edge if name == "edge" else -self._edge
        counter = site.folder / f"clocks-{name}-{uuid4().hex}"
        path = f"{INSIDE}:{site.environment(name)['PYTHONPATH']}"
        return {"PYTHONPATH": path, CLOCKS: f"{counter} {shift.total_seconds():g},0"}

    async def run(self, scene: Scene) -> None:
        self._talks, self._asked = {}, []
        approver = Person(scene.site, token=scene.site.token)
        try:
            talking = [asyncio.create_task(self._talk(scene)) for _ in range(2)]
            noting = asyncio.create_task(self._note(scene, approver))
            await streams(
                scene, STREAMS, tokens=(80, 140), gap_ms=GAP_MS, spread=0.5, readers=READERS
            )
            stopped = await self._begin_to_stop(scene)
            await self._lose(scene)
            await scene.client.post(f"/v1/conversations/{stopped.seen.conversation_id}/stop")
            await asyncio.gather(noting, *talking)
            await stopped.ended(TURN_SECONDS)
            await self._tickets(scene, stopped.seen.conversation_id)
            await self._tokens(scene)
        finally:
            await approver.close()

    async def _lose(self, scene: Scene) -> None:
        """A worker and an edge die in mid-answer: whoever goes on has another clock."""
        await asyncio.sleep(scene.random.uniform(0.2, 1.0))
        scene.strike()
        for name in ("worker", "edge"):
            pids = scene.site.pids(name)
            pid = scene.random.choice(pids)
            scene.site.signal(pid, signal.SIGKILL)
            await scene.site.replaced(name, pid, len(pids))

    async def _begin_to_stop(self, scene: Scene) -> Reader:
        conversation_id = await scene.conversation()
        reader = await scene.watch(conversation_id)
        content = "chaos\n@offline tokens=2000 gap_ms=50"
        sent = await scene.send(conversation_id, content)
        scene.sent[sent.message_id] = replace(sent, may_end=frozenset({"stopped"}))
        await reader.until(TURN_SECONDS, "text.delta")
        return reader

    async def _talk(self, scene: Scene) -> None:
        """Turns one after the other, by whichever edge and worker."""
        conversation_id = await scene.conversation("general")
        reader = await scene.watch(conversation_id, turns=TURNS)
        said = self._talks[conversation_id] = []
        for number in range(TURNS):
            said.append((await scene.ask(conversation_id, 5, 20)).message_id)
            await reader.ended(TURN_SECONDS, number + 1)

    async def _note(self, scene: Scene, approver: Person) -> None:
        reader, self._asked = await ask(scene, NOTES)
        for number, one in enumerate(self._asked):
            answer = await approver.decide(one.approval_id, "deny" if number % 2 else "approve")
            if answer.status != 200 and not answer.unheard:
                self._wrong(scene, f"approval {one.approval_id}", f"a verdict in time: {answer}")
        await reader.ended(TURN_SECONDS)

    async def _tickets(self, scene: Scene, conversation_id: UUID) -> None:
        """Their minute is Redis's."""
        body = {"conversation_id": str(conversation_id)}
        for _ in range(NOTES):
            ticket = (await scene.client.post("/v1/stream-tickets", body))["ticket"]
            path = f"/v1/conversations/{conversation_id}/events?until=idle&ticket={ticket}"
            async with httpx2.AsyncClient(base_url=scene.site.api, trust_env=False) as http:
                response = await http.get(path)
            if response.status_code not in {200, 204}:
                self._wrong(scene, "a stream ticket", response.text[:200])

    async def _tokens(self, scene: Scene) -> None:
        """What counts is the edge's own clock, which its answers tell, with the stated leeway."""
        site, counted = scene.site, 0
        for number in range(TOKENS_TRIED):
            # Around the borders of each clock, and between them.
            near = scene.random.choice([-APART, timedelta(), APART])
            off = timedelta(seconds=scene.random.uniform(-2 * LEEWAY, 2 * LEEWAY))
            issued, expires = (near + off, 3 * APART) if number % 2 else (ISSUED, near + off)
            roles = {site.space_id: "viewer"}
            user = uuid4()
            token = identity.mint(
                site.folder, site.organisation_id, roles, user, expires, issued=issued
            )
            begins, ends = datetime.now(UTC) + issued, datetime.now(UTC) + expires
            person = Person(site, token=token)
            try:
                response = await person.get("/v1/agents")
            finally:
                await person.close()
            clock = parsedate_to_datetime(response.headers["date"])
            wanted = _judged(begins, ends, clock)
            if wanted is None:
                continue  # within the blur of a border
            counted += 1
            told = (response.status_code, response.json().get("code"))
            if told != wanted:
                at = f"by a clock of {clock:%H:%M:%S}"
                self._wrong(
                    scene, f"a token for {begins:%H:%M:%S} to {ends:%H:%M:%S} {at}", f"{told}"
                )
        scene.facts["tokens judged"] = counted

    async def verify(self, scene: Scene) -> None:
        """Nothing is in the order of a process's clock."""
        for conversation_id, said in self._talks.items():
            path = f"/v1/conversations/{conversation_id}/messages"
            items = (await scene.client.get(path, {"limit": "100"}))["items"]
            self._ordered(scene, conversation_id, said, items)
        for one in self._asked:
            view = await scene.client.get(f"/v1/approvals/{one.approval_id}")
            asked, until = (
                datetime.fromisoformat(view[name]) for name in ("requested_at", "expires_at")
            )
            if (
                abs(until - asked - WINDOW) > STORE_BLUR
                or abs(asked - datetime.now(UTC)) > APART / 2
            ):
                self._wrong(scene, f"approval {one.approval_id}", f"from {asked} until {until}")
        found = await stands(scene.site, self._asked)
        for number, one in enumerate(self._asked):
            wanted = ("denied", 0) if number % 2 else ("approved", 1)
            if (found[one.approval_id].state, found[one.approval_id].notes) != wanted:
                self._wrong(scene, f"approval {one.approval_id}", f"{found[one.approval_id]}")

    def _ordered(
        self,
        scene: Scene,
        conversation_id: UUID,
        said: list[UUID],
        items: list[Mapping[str, Any]],
    ) -> None:
        questions = [UUID(one["id"]) for one in items if one["role"] == "user"]
        if questions not in (said, said[::-1]):
            self._wrong(scene, f"conversation {conversation_id}", "its messages are in no order")
        moments = [datetime.fromisoformat(one["created_at"]) for one in items]
        if moments not in (sorted(moments), sorted(moments, reverse=True)):
            self._wrong(scene, f"conversation {conversation_id}", f"messages of {moments}")

    def _wrong(self, scene: Scene, subject: str, what: str) -> None:
        scene.violations.append(Violation("row 17", subject, what))


def _judged(begins: datetime, ends: datetime, clock: datetime) -> tuple[int, str | None] | None:
    """None when it is too near a border to say."""
    early = (begins - clock).total_seconds() - LEEWAY
    late = (clock - ends).total_seconds() - LEEWAY
    if min(abs(early), abs(late)) < BLUR:
        return None
    if early > 0:
        return 401, "token_invalid"
    return (401, "token_expired") if late > 0 else (200, None)
