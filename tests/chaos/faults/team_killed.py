"""Row 34: workers are killed while agents work for agents."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from holdfast_client.client import ApiError, Client

from models.payloads.events import AgentEvent, LoggedEvent, ToolCompleted
from tests.chaos.evidence import StoredLog
from tests.chaos.fault import Fault
from tests.chaos.scene import TURN_SECONDS, Scene
from tests.chaos.site import Site
from tests.chaos.stored import logs
from tests.chaos.tokens import numbered
from tests.chaos.violation import Violation

TURNS = 10
TOKENS = (40, 120)
GAP_MS = 30
DEEPEST = 3
LEAD, SECOND = "chaos_lead", "chaos_second"


class TeamKilled(Fault):
    """Agents that call agents, one or two deep, each at another token; one worker dies, or all do.
    What a child's own log has, its caller's shows: each event once, in order."""

    number = 34
    full_runs = 3

    def __init__(self, *, every: bool) -> None:
        self._every = every
        who = "every worker" if every else "one worker of two"
        self.name = f"{who} SIGKILL while agents work for agents"
        self._tokens: dict[UUID, int] = {}

    @asynccontextmanager
    async def around(self, site: Site) -> AsyncIterator[None]:
        async with Client(site.api, site.token, site.space_id, patience=TURN_SECONDS) as client:
            for name, members in ((SECOND, ["direct"]), (LEAD, ["direct", SECOND])):
                await _made(client, name, members)
        yield

    async def run(self, scene: Scene) -> None:
        self._tokens = {}
        await asyncio.gather(*(self._begin(scene, deep=bool(n % 2)) for n in range(TURNS)))
        await asyncio.sleep(scene.random.uniform(0.3, 1.5))
        workers = scene.site.pids("worker")
        scene.strike()
        for pid in workers if self._every else scene.random.sample(workers, 1):
            scene.site.signal(pid, signal.SIGKILL)

    async def _begin(self, scene: Scene, *, deep: bool) -> None:
        await asyncio.sleep(scene.random.uniform(0.0, 1.0))
        conversation_id = await scene.conversation(LEAD)
        await scene.watch(conversation_id)
        count = self._tokens[conversation_id] = scene.random.randint(*TOKENS)
        line = f"@offline tokens={count} gap_ms={GAP_MS}"
        for member in ["direct", SECOND] if deep else ["direct"]:
            arguments = json.dumps({"task": line})
            line = f"@offline call=delegate_to_{member} args={arguments}"
        message_id = uuid4()
        await scene.send(conversation_id, f"chaos {message_id}\n{line}", message_id=message_id)

    async def verify(self, scene: Scene) -> None:
        level, count = (await scene.evidence()).logs, 0
        for _ in range(DEEPEST):
            runs = {run for log in level.values() for run in _shown(log.events)}
            below = await logs(scene.site, runs)
            for log in level.values():
                scene.violations += _mirrored(log, below)
            level, count = below, count + len(below)
        scene.facts["runs of called agents"] = count
        answered = [self._answers(log) for log in (await scene.evidence()).logs.values()]
        scene.violations += [violation for found in answered for violation in found]

    def _answers(self, log: StoredLog) -> Iterator[Violation]:
        """The first answer in the tree is the one that the model gave."""
        done = [one.event for one in log.events if isinstance(one.event, ToolCompleted)]
        wanted = numbered(self._tokens[log.conversation_id]).rstrip()
        if len(done) != 1 or wanted not in done[0].result:
            said = [one.result[:80] for one in done]
            yield Violation("row 34", f"conversation {log.conversation_id}", f"was told {said}")


async def _made(client: Client, name: str, members: list[str]) -> None:
    body = {"name": name, "pattern": "supervisor", "members": members, "retrieves": False}
    try:
        await client.post("/v1/agents", body)
    except ApiError as error:
        if error.code != "agent_exists":
            raise


def _shown(events: tuple[LoggedEvent, ...]) -> dict[UUID, list[str]]:
    """Ids of the nested events, by run, as they stand in the caller's log."""
    found: dict[UUID, list[str]] = {}
    for logged in events:
        if isinstance(logged.event, AgentEvent):
            found.setdefault(logged.event.run_id, []).append(logged.event.event["id"])
    return found


def _mirrored(log: StoredLog, below: Mapping[UUID, StoredLog]) -> Iterator[Violation]:
    for run, shown in _shown(log.events).items():
        child, subject = below[run], f"run {run}, called in {log.conversation_id}"
        if [turn.outcome for turn in child.turns] != ["completed"]:
            ends = [turn.end for turn in child.turns]
            yield Violation("row 34", subject, f"its turns ended as {ends}")
        if shown != (own := [str(logged.id) for logged in child.events]):
            yield Violation("row 34", subject, f"is shown as {shown}, and is {own}")
