"""The shapes of writing an answer into a thread."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import uuid4

from activities.thread_writing import Pace
from activities.threads import ThreadActivities
from adapters.engine.temporal import TemporalEngine
from domain.ports.approvals import Decision
from domain.ports.notifying import Posted
from domain.ports.threads import Begun, Shown
from models import ids
from models.payloads.scope import TurnKey
from models.payloads.slack import SlackAnswer, SlackThread
from queues.turns import turns_worker
from tests.turns.lab import Lab
from tests.turns.shapes import PUBLISH, TOOLED
from tests.waiting import until

THREAD = SlackThread(team_id="T1", channel="C1", timestamp="1.000001")
# A look gives up at once when nothing comes.
PACE = Pace(gap=0.01, quiet=0.05, patience=0.1)


@dataclass
class Wall:
    """A thread that keeps what was written into it."""

    shown: list[Shown] = field(default_factory=list)

    async def begin(self, _turn: TurnKey, thread: SlackThread, _shown: Shown) -> Begun | None:
        return Begun(Posted(thread.channel, thread.timestamp), shows=False)

    async def show(self, _turn: TurnKey, _posted: Posted, shown: Shown) -> bool:
        self.shown.append(shown)
        return True


@asynccontextmanager
async def _wall(here: Lab, wall: Wall) -> AsyncIterator[TemporalEngine]:
    """On a queue of its own."""
    queue = f"turns-{uuid4()}"
    writing = ThreadActivities(wall, here.feed, here.turns, PACE)
    async with turns_worker(here.client, replace(here.adapters, threads=writing), queue):
        yield TemporalEngine(here.client, turns_queue=queue)


async def _begin(here: Lab, engine: TemporalEngine, text: str) -> TurnKey:
    sent = await here.send(text, agent=TOOLED)
    turn = TurnKey(scope=here.scope, conversation_id=here.conversation_id, turn_id=sent.turn_id)
    await engine.start_slack_answer(SlackAnswer(turn=turn, thread=THREAD))
    return turn


async def _over(here: Lab, turn: TurnKey) -> str:
    workflow_id = ids.slack_answer_workflow_id(turn.scope, turn.turn_id)
    await here.client.get_workflow_handle(workflow_id).result()
    await here.idle()
    return workflow_id


async def answered(here: Lab) -> str:
    """One look is enough."""
    wall = Wall()
    async with _wall(here, wall) as engine:
        workflow_id = await _over(here, await _begin(here, engine, "@offline tokens=2"))
    assert wall.shown[-1].text.split(), wall.shown
    return workflow_id


async def waited(here: Lab) -> str:
    """Looked at again and again while a person is waited for."""
    wall = Wall()
    async with _wall(here, wall) as engine:
        turn = await _begin(here, engine, PUBLISH)
        approval_id = await here.requested(turn.turn_id)
        handle = here.client.get_workflow_handle(
            ids.slack_answer_workflow_id(turn.scope, turn.turn_id)
        )

        async def waits() -> bool:
            history = await handle.fetch_history()
            return any(event.HasField("timer_started_event_attributes") for event in history.events)

        await until(waits)
        await here.decide(approval_id, Decision.APPROVE)
        workflow_id = await _over(here, turn)
    assert any(one.waits for one in wall.shown)
    assert not wall.shown[-1].waits
    return workflow_id
