"""Row 9, of one model alone: the agent's fallback answers."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from holdfast_client.client import ApiError, Client

from domain.fallback import OWN_ATTEMPTS
from models.payloads.events import UsageRecorded
from tests.chaos.evidence import Evidence
from tests.chaos.fault import Fault
from tests.chaos.faults.asked import (
    Asked,
    Case,
    all_ended,
    ask_all,
    called_as_allowed,
    ended_as_asked,
    model_calls,
)
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.violation import Violation

AGENT = "chaos_careful"
OWN, SECOND = "offline-1", "offline-2"
OF_ONE = f"model={OWN}"
CASES = (
    Case("503 for ever", 10, f"fail=503 {OF_ONE}", calls=OWN_ATTEMPTS + 1, agent=AGENT),
    Case("500 inside each answer", 5, f"fail=500 after=3 {OF_ONE}", agent=AGENT),
    Case("no such model", 5, f"fail=404 {OF_ONE}", calls=2, agent=AGENT),
    Case("429, back in an hour", 5, f"fail=429 retry_after=3000 {OF_ONE}", calls=2, agent=AGENT),
)
# Long enough for a worker to die under them.
LONG = Case("no such model, long", 10, f"gap_ms=40 fail=404 {OF_ONE}", tokens=80, agent=AGENT)


class ModelReplaced(Fault):
    """One model of the provider fails for ever, and every turn is answered by another one, also
    when a worker dies under it."""

    number = 9
    name = "one model answers 404, 429, 500 or 503 for ever; one worker of two SIGKILL"
    short_runs = 0
    full_runs = 1

    def __init__(self) -> None:
        self._asked: list[Asked] = []

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        body = {"name": AGENT, "fallback_model": SECOND, "retrieves": False}
        async with Client(site.api, site.token, site.space_id, patience=TURN_SECONDS) as client:
            try:
                await client.post("/v1/agents", body)
            except ApiError as error:
                if error.code != "agent_exists":
                    raise
        yield

    async def run(self, scene: Scene) -> None:
        self._asked = await ask_all(scene, CASES)
        await all_ended(scene, self._asked)
        self._asked += await ask_all(scene, (LONG,))
        await asyncio.sleep(scene.random.uniform(0.5, 2.0))
        scene.strike()
        scene.site.signal(scene.random.choice(scene.site.pids("worker")), signal.SIGKILL)
        await all_ended(scene, self._asked)

    async def verify(self, scene: Scene) -> None:
        evidence = await scene.evidence()
        scene.violations += ended_as_asked(evidence, self._asked)
        scene.violations += called_as_allowed(await model_calls(scene.site), self._asked)
        scene.violations += _answered_by_another(evidence, self._asked)


def _answered_by_another(evidence: Evidence, asked: list[Asked]) -> Iterator[Violation]:
    for one in asked:
        place = one.sent.conversation_id
        events = [logged.event for logged in evidence.logs[place].events]
        models = [event.model for event in events if isinstance(event, UsageRecorded)]
        if models != [SECOND]:
            said = f"{one.case.name}: the books name {models}, not {SECOND}"
            yield Violation("fallback", f"conversation {place}", said)
