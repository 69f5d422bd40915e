"""Row 16: verdicts that come too late, or from people who have no right to them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from holdfast_client.client import Client

from local import identity
from tests.chaos.fault import Fault
from tests.chaos.faults.inbox import TOKEN_LIFE, Answer, Asked, Person, Stands, ask, stands
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

WINDOW = timedelta(seconds=2)
WINDOW_VARIABLE = "HOLDFAST_APPROVAL_WINDOW"
NOTES = 4  # in each turn
BORDER = 0.05  # seconds around the moment of expiry or of a stop
PAST_LEEWAY = timedelta(minutes=-2)
EXPIRED, WITHDRAWN, DECIDED = (410, "expired"), (410, "withdrawn"), (409, "already_decided")
# Refusals that the store speaks: they stand in the trail.
AUDITED = frozenset({EXPIRED, WITHDRAWN, (403, "role_required")})
Told = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One approval, what somebody was told about it, and what they may have been told."""

    name: str
    asked: Asked
    answer: Answer
    allowed: frozenset[Told]
    decision: str = "approve"
    by: UUID | None = None


@dataclass(slots=True)
class Cases:
    said: list[Case] = field(default_factory=list)

    async def say(
        self, name: str, person: Person, asked: Asked, *allowed: Told, decision: str = "approve"
    ) -> None:
        answer = await person.decide(asked.approval_id, decision)
        self.said.append(Case(name, asked, answer, frozenset(allowed), decision, person.user))


class VerdictRefused(Fault):
    """After expiry, after a stop, at the very moment of either, and by whom it does not concern."""

    number = 16
    recovery = "–"

    def __init__(self, turns: int, *, dead_workers: bool, short_runs: int, full_runs: int) -> None:
        """`turns` of each kind; `dead_workers` lets an approval expire with nobody to say so."""
        self.name = f"verdicts without effect ({turns * NOTES * 6} and more)"
        self.short_runs = short_runs
        self.full_runs = full_runs
        self._turns = turns
        self._dead_workers = dead_workers
        self._impatient = ""
        self._cases = Cases()

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        """One edge more, which leaves people little time; the others stay as they are."""
        usual = site.api
        changed = {WINDOW_VARIABLE: f"PT{WINDOW.total_seconds():g}S"}
        async with site.exchanged(edge=changed, edges=1):
            self._impatient, site.api = site.api, usual
            yield

    async def run(self, scene: Scene) -> None:
        self._cases = Cases()
        site = scene.site
        approver = Person(site)
        hasty = Client(self._impatient, site.token, site.space_id, patience=TURN_SECONDS)
        try:
            async with hasty:
                for _ in range(self._turns):
                    await asyncio.gather(
                        self._late(scene, hasty, approver),
                        self._at_expiry(scene, hasty, approver),
                        self._stopped(scene, approver),
                        self._at_stop(scene, approver),
                        self._without_right(scene, approver),
                    )
                if self._dead_workers:
                    await self._unattended(scene, hasty, approver)
        finally:
            await approver.close()
        scene.facts["verdicts"] = len(self._cases.said)

    async def _late(self, scene: Scene, client: Client, approver: Person) -> None:
        reader, asked = await ask(scene, NOTES, client=client)
        await reader.until(TURN_SECONDS, "approval.expired", NOTES)
        for one in asked:
            await self._cases.say("after expiry", approver, one, EXPIRED)
        await reader.ended(TURN_SECONDS)
        await self._cases.say("after expiry and the turn's end", approver, asked[0], EXPIRED)

    async def _at_expiry(self, scene: Scene, client: Client, approver: Person) -> None:
        reader, asked = await ask(scene, NOTES, client=client)

        async def just_then(one: Asked) -> None:
            await asyncio.sleep(_until(one) + scene.random.uniform(-2 * BORDER, BORDER))
            await self._cases.say("at expiry", approver, one, EXPIRED, (200, ""))

        await asyncio.gather(*map(just_then, asked))
        await reader.ended(TURN_SECONDS)

    async def _stopped(self, scene: Scene, approver: Person) -> None:
        reader, asked = await ask(scene, NOTES, may_end=frozenset({"stopped"}))
        await scene.client.post(f"/v1/conversations/{asked[0].conversation_id}/stop")
        await reader.ended(TURN_SECONDS)
        for one in asked:
            await self._cases.say("after a stop", approver, one, WITHDRAWN)

    async def _at_stop(self, scene: Scene, approver: Person) -> None:
        reader, asked = await ask(scene, NOTES, may_end=frozenset({"stopped"}))

        async def just_then(one: Asked) -> None:
            await asyncio.sleep(scene.random.uniform(0.0, 2 * BORDER))
            await self._cases.say("at a stop", approver, one, WITHDRAWN, (200, ""))

        stop = scene.client.post(f"/v1/conversations/{asked[0].conversation_id}/stop")
        await asyncio.gather(stop, *map(just_then, asked))
        await reader.ended(TURN_SECONDS)

    async def _without_right(self, scene: Scene, approver: Person) -> None:
        """The approver itself, once its right is gone, and strangers; then it says no in time."""
        reader, asked = await ask(scene, NOTES)
        for name, person, told in _powerless(scene.site, approver):
            await self._cases.say(name, person, scene.random.choice(asked), told)
            await person.close()
        for one in asked:
            await self._cases.say("in time", approver, one, (200, ""), decision="deny")
            await self._cases.say("after another verdict", approver, one, DECIDED)
        await reader.ended(TURN_SECONDS)

    async def _unattended(self, scene: Scene, client: Client, approver: Person) -> None:
        """No worker is up to note that the window has passed: the row's own clock judges."""
        reader, asked = await ask(scene, NOTES, client=client)
        await scene.site.down("worker")
        try:
            await asyncio.sleep(max(map(_until, asked)) + BORDER)
            for one in asked:
                await self._cases.say("after expiry, no worker up", approver, one, EXPIRED)
        finally:
            await scene.site.up("worker")
        await reader.ended(TURN_SECONDS)

    async def verify(self, scene: Scene) -> None:
        stored = await stands(scene.site, [case.asked for case in self._cases.said])
        for case in self._cases.said:
            subject = f"{case.name}: {case.decision} of approval {case.asked.approval_id}"
            found = stored.get(case.asked.approval_id)
            wrong = ["is not stored"] if found is None else list(_wrong(case, found))
            scene.violations += [Violation("row 16", subject, one) for one in wrong]

    def times(self, scene: Scene) -> Times:
        return Times()


def _powerless(site: Site, approver: Person) -> Iterator[tuple[str, Person, Told]]:
    """Who may not decide, and what each is to be told."""
    space = site.space_id
    for role in ("viewer", "member"):
        demoted = Person(site, role, user=approver.user)
        yield f"an approver that became a {role}", demoted, (403, "role_required")
    token, elsewhere = site.stranger()
    here = Person(site, token=token, space=space)
    yield "somebody of another space, asking here", here, (403, "space_forbidden")
    there = Person(site, token=token, space=elsewhere)
    yield "somebody of another space, asking there", there, (404, "approval_not_found")
    roles = {space: "approver"}
    old = identity.mint(site.folder, site.organisation_id, roles, approver.user, PAST_LEEWAY)
    yield "an approver whose token has expired", Person(site, token=old), (401, "token_expired")
    foreign = identity.mint(site.folder, uuid4(), roles, approver.user, TOKEN_LIFE)
    another = Person(site, token=foreign)
    yield "somebody of another organisation", another, (403, "space_forbidden")


def _until(asked: Asked) -> float:
    """Seconds until it expires, by this machine's clock, which is Postgres's too."""
    return max((asked.expires_at - datetime.now(UTC)).total_seconds(), 0.0)


def _wrong(case: Case, found: Stands) -> Iterator[str]:
    told = (case.answer.status, case.answer.code)
    if told not in case.allowed:
        yield f"was told {case.answer}"
    approved = found.state == "approved"
    if found.notes > 1 or (found.notes and not approved):
        yield f"{found.notes} notes of an approval that is {found.state}"
    if found.executed and not approved:
        yield f"was executed, and is {found.state}"
    if told == (200, "") and case.decision == "approve" and not approved:
        yield f"counted, and the approval is {found.state}"
    if told != (200, "") and case.decision == "approve" and approved:
        yield "was refused, and the approval is approved"
    if told in AUDITED and case.by not in found.refused:
        yield "was refused, and the trail does not say so"
    if (len(found.audits) == 1) != (found.state in {"approved", "denied"}):
        yield f"is {found.state}, and the audit says {found.audits}"
