"""Row 14: several verdicts on one approval, at the same moment."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models.payloads.events import ApprovalDecided, ApprovalExpired
from tests.chaos.fault import Fault
from tests.chaos.faults.colleague import Colleague, office
from tests.chaos.faults.inbox import Answer, Asked, Person, Stands, ask, stands
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.timing import Times
from tests.chaos.violation import Violation

PEOPLE = 4  # each at the API and in Slack
IN_A_TURN = 16  # the most that one step may ask for
AT_ONCE = 4  # turns
LONGEST_HEARD = 0.03  # seconds: a verdict whose sender hangs up may count or not
DECISIONS = ("approve", "deny", "revise")
Somebody = Person | Colleague
STATES = {"approve": "approved", "deny": "denied", "revise": "revised"}
ENDINGS = {"approve": "completed", "deny": "denied", "revise": "revised"}
KINDS = ("double click", "retry", "approve against deny", "two people at once", "crowd")


@dataclass(slots=True)
class Race:
    """Who said what, and what each was told."""

    kind: str
    asked: Asked
    verdicts: list[tuple[Somebody, str]]
    answers: list[Answer] = field(default_factory=list)
    unheard: tuple[Somebody, str] | None = None
    """Said by somebody who hung up before the answer."""


class ApprovalRaced(Fault):
    """Double clicks, retries after a lost answer, yes against no, and crowds: half of them at the
    API, half of them in Slack."""

    number = 14
    recovery = "–"

    def __init__(self, turns: int, *, short_runs: int, full_runs: int) -> None:
        self._turns = turns
        self.name = f"verdicts at the same moment ({turns * IN_A_TURN} races)"
        self.short_runs = short_runs
        self.full_runs = full_runs
        self._races: list[Race] = []

    async def run(self, scene: Scene) -> None:
        self._races = []
        async with office(scene.site) as slack:
            people: list[Somebody] = [Person(scene.site) for _ in range(PEOPLE)]
            people += [Colleague(slack) for _ in range(PEOPLE)]
            await self._raced(scene, people)
            scene.violations += await slack.broken_trail()
        scene.facts["races"] = len(self._races)
        scene.facts["verdicts"] = sum(len(race.answers) for race in self._races)

    async def _raced(self, scene: Scene, people: Sequence[Somebody]) -> None:
        left = list(range(self._turns))

        async def one_after_another() -> None:
            while left:
                left.pop()
                await self._turn(scene, people)

        try:
            await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
        finally:
            for person in people:
                await person.close()

    async def _turn(self, scene: Scene, people: Sequence[Somebody]) -> None:
        reader, asked = await ask(scene, IN_A_TURN)
        races = [_race(scene, one, people) for one in asked]
        self._races += races
        await asyncio.gather(*(_run(scene, race) for race in races))
        await reader.ended(TURN_SECONDS)

    async def verify(self, scene: Scene) -> None:
        stored = await stands(scene.site, [race.asked for race in self._races])
        evidence = await scene.evidence()
        told: dict[UUID, list[str]] = {}
        for log in evidence.logs.values():
            for logged in log.events:
                if isinstance(logged.event, ApprovalDecided):
                    said = f"{logged.event.decision} by {logged.event.decided_by}"
                    told.setdefault(logged.event.approval_id, []).append(said)
                elif isinstance(logged.event, ApprovalExpired):
                    told.setdefault(logged.event.approval_id, []).append("expired")
        for race in self._races:
            found = stored.get(race.asked.approval_id)
            wrong = (
                ["is not stored"]
                if found is None
                else [*_answered(race), *_decided(race, found, told)]
            )
            subject = f"{race.kind} on approval {race.asked.approval_id}"
            scene.violations += [Violation("row 14", subject, one) for one in wrong]

    def times(self, scene: Scene) -> Times:
        return Times()


def _race(scene: Scene, asked: Asked, people: Sequence[Somebody]) -> Race:
    chance = scene.random
    kind = chance.choice(KINDS)
    one, other = chance.sample(people, 2)
    match kind:
        case "double click":
            said = [(one, chance.choice(DECISIONS))] * 2
        case "retry":
            said = [(one, chance.choice(DECISIONS))]
        case "approve against deny":
            said = [(one, "approve"), (other, "deny")]
        case "two people at once":
            said = [(one, "approve"), (other, "approve")]
        case _:
            said = [(who, chance.choice(DECISIONS)) for who in chance.sample(people, 5)]
    chance.shuffle(said)
    return Race(kind, asked, said, unheard=said[0] if kind == "retry" else None)


async def _run(scene: Scene, race: Race) -> None:
    if race.unheard is not None:
        person, decision = race.unheard
        heard = scene.random.uniform(0.0, LONGEST_HEARD)
        await person.leave(race.asked.approval_id, decision, heard)
    saying: list[Coroutine[Any, Any, Answer]] = [
        person.decide(race.asked.approval_id, decision) for person, decision in race.verdicts
    ]
    race.answers += await asyncio.gather(*saying)
    # Whoever comes later is told, too.
    person, decision = race.verdicts[0]
    race.verdicts.append((person, scene.random.choice(DECISIONS)))
    race.answers.append(await person.decide(race.asked.approval_id, race.verdicts[-1][1]))


def _answered(race: Race) -> list[str]:
    """One was heard, the others were told so."""
    wrong = []
    won = [answer for answer in race.answers if answer.status == 200]
    unsure = race.unheard is not None or any(answer.unheard for answer in race.answers)
    if len(won) > 1 or not (won or unsure):
        wrong.append(f"{len(won)} verdicts counted: {', '.join(map(str, race.answers))}")
    others = [answer for answer in race.answers if answer.status != 200]
    if odd := [str(a) for a in others if (a.status, a.code) != (409, "already_decided")]:
        wrong.append(f"somebody was told {odd}")
    return wrong


def _decided(race: Race, found: Stands, told: dict[UUID, list[str]]) -> list[str]:
    """Row, audit, events, tool call and note tell of the verdict that counted."""
    winners = [
        verdict
        for verdict, answer in zip(race.verdicts, race.answers, strict=True)
        if answer.status == 200
    ]
    if not winners and race.unheard is not None:
        winners = [race.unheard]
    if len(winners) != 1:
        return []  # reported as such, or unknown
    person, decision = winners[0]
    approved = decision == "approve"
    seen = {
        "row": (found.state, found.decided_by),
        "audit": found.audits,
        "events": told.get(race.asked.approval_id, []),
        "executed": found.executed,
        "executions": found.executions,
        "call": found.call_status,
        "notes": found.notes,
    }
    wanted = {
        "row": (STATES[decision], person.user),
        "audit": ((f"approval.{STATES[decision]}", person.user),),
        "events": [f"{decision} by {person.user}"],
        "executed": approved,
        "executions": int(approved),
        "call": ENDINGS[decision],
        "notes": int(approved),
    }
    return [
        f"{decision} by {person.user} counted, and its {name} says {seen[name]}"
        for name in wanted
        if seen[name] != wanted[name]
    ]
