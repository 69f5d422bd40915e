"""Row 23: ten thousand turns, five hundred of them in one conversation."""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID, uuid4

import httpx2
from temporalio.client import Client, WorkflowExecution
from temporalio.contrib.pydantic import pydantic_data_converter

from local.temporal import NAMESPACE
from models import ids
from models.payloads.scope import Scope
from tests.chaos.fault import Fault
from tests.chaos.scene import TURN_SECONDS, Scene, question
from tests.chaos.timing import Times
from tests.chaos.versions import read
from tests.chaos.violation import Violation

TURNS, LONGEST = 10_000, 500
CONVERSATIONS = 38
# Each waits for the others: more of them, and the long conversation is not done in time.
CLIENTS = 12
TALK_SECONDS = 330.0
TOKENS, GAP_MS = 2, 0
# Of one turn; a run that is younger than 1.05 s takes the next message too.
EVENTS, BYTES = 30, 16 * 1024
EDGE = 50  # turns at either end of the long conversation whose times are compared


class LongTalk(Fault):
    """People who answer at once, for as long as the row may take."""

    number = 23
    name = f"{TURNS:,} turns, {LONGEST} of them in one conversation"
    recovery = "–"
    short_runs = 0
    full_runs = 1
    longest = TALK_SECONDS + TURN_SECONDS

    async def run(self, scene: Scene) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        until = began + TALK_SECONDS
        async with _caller(scene) as http:
            first = asyncio.create_task(self._talk(scene, http, LONGEST, until))
            each = -(-(TURNS - LONGEST) // CONVERSATIONS)
            waiting = [each] * CONVERSATIONS

            async def client() -> None:
                while waiting and loop.time() < until:
                    await self._talk(scene, http, waiting.pop(), until)

            await asyncio.gather(*(client() for _ in range(CLIENTS)))
            times = await first
        scene.facts |= {
            "turns": len(scene.sent),
            "turns per second": len(scene.sent) / (loop.time() - began),
            "turns of the longest conversation": len(times),
            "its first ones, ms": 1_000 * statistics.median(times[:EDGE]),
            "its last ones, ms": 1_000 * statistics.median(times[-EDGE:]),
        }

    async def _talk(
        self, scene: Scene, http: httpx2.AsyncClient, turns: int, until: float
    ) -> list[float]:
        """Seconds of each turn, from its POST to its answer."""
        loop = asyncio.get_running_loop()
        conversation_id = await scene.conversation()
        times: list[float] = []
        while len(times) < turns and loop.time() < until:
            began = loop.time()
            await self._turn(scene, http, conversation_id)
            times.append(loop.time() - began)
        return times

    async def _turn(self, scene: Scene, http: httpx2.AsyncClient, conversation_id: UUID) -> None:
        """Until it is taken, always under the same id; then until its answer is here."""
        message_id = uuid4()
        body = {"id": str(message_id), "content": question(message_id, TOKENS, GAP_MS)}
        while True:
            with suppress(httpx2.TransportError):
                answer = await http.post(
                    f"/v1/conversations/{conversation_id}/messages",
                    json=body,
                    headers={"Prefer": "wait=60"},
                )
                if answer.is_success:
                    break
            scene.failures.down()
            await asyncio.sleep(1)
        turn_id = UUID(answer.headers["x-turn-id"])
        scene.told(conversation_id, message_id, turn_id, tokens=TOKENS)

    def times(self, scene: Scene) -> Times:
        return Times()

    async def verify(self, scene: Scene) -> None:
        await small(scene)
        scene.facts["requests without an answer"] = scene.failures.count


def _caller(scene: Scene) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        base_url=scene.site.api,
        headers=scene.site.headers(),
        trust_env=False,
        timeout=TURN_SECONDS,
        limits=httpx2.Limits(max_connections=CLIENTS + 1),
    )


async def small(scene: Scene, most: int = EVENTS, largest: int = BYTES) -> None:
    """No run is over its budget of events and bytes, which it has for each of its turns."""
    client = await Client.connect(
        scene.site.temporal_address, namespace=NAMESPACE, data_converter=pydantic_data_converter
    )
    runs = shared = 0
    most_events = most_bytes = 0.0
    async for run in _runs(client, scene):
        info = run.raw_info
        turns, runs = 1, runs + 1
        if info.history_length > most or info.history_size_bytes > largest:
            handle = client.get_workflow_handle(run.id, run_id=run.run_id)
            turns = max(1, len(read(await handle.fetch_history()).turns))
            shared += turns > 1
        events, size = info.history_length / turns, info.history_size_bytes / turns
        most_events, most_bytes = max(most_events, events), max(most_bytes, size)
        if events > most or size > largest:
            said = f"{info.history_length} events, {info.history_size_bytes} bytes, {turns} turns"
            scene.violations.append(Violation("row 23", f"run {run.run_id}", said))
    scene.facts |= {
        "runs": runs,
        "runs of several turns": shared,
        "most events for a turn": most_events,
        "most bytes for a turn": most_bytes,
    }


async def _runs(client: Client, scene: Scene) -> AsyncIterator[WorkflowExecution]:
    scope = Scope(organisation_id=scene.site.organisation_id, space_id=scene.site.space_id)
    for conversation_id in {sent.conversation_id for sent in scene.sent.values()}:
        workflow_id = ids.turn_workflow_id(scope, conversation_id)
        async for run in client.list_workflows(f"WorkflowId = '{workflow_id}'"):
            yield run
