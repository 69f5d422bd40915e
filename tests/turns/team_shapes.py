"""Turns whose agents call agents."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock
from uuid import UUID

from activities import mirror
from domain.ports.approvals import Decision
from domain.wire import decode
from models import ids
from models.payloads.agent import Agent, Pattern
from models.payloads.events import START, AgentEvent, LoggedEvent
from models.payloads.turn import Outcome
from tests.turns.cast import CALCULATE, PUBLISH, SLOW, Play, a_lead, an_agent, calling
from tests.turns.lab import Lab
from tests.waiting import until

WRITER = an_agent("writer", tools=("calculator", "publish_note"))
LEAD = a_lead("writer")
PANEL = an_agent("panel", pattern=Pattern.DEBATE, members=("writer", "critic"), rounds=1)
CRITIC = an_agent("critic")


def shown(events: list[LoggedEvent]) -> list[AgentEvent]:
    return [logged.event for logged in events if isinstance(logged.event, AgentEvent)]


def inside(event: AgentEvent) -> tuple[str, ...]:
    """The agents on the way down, and what happened there."""
    kind = event.event["kind"]
    if kind != "agent.event":
        return event.agent, kind
    return event.agent, *inside(AgentEvent.model_validate(event.event))


async def until_inside(here: Lab, turn_id: UUID, *path: str) -> list[AgentEvent]:
    """Read until this has happened below; gives what happened there so far."""
    seen: list[AgentEvent] = []
    async for event in here.feed.follow(here.log, START, turn_id=turn_id, at_most=60.0):
        logged = decode(event.data)
        if isinstance(logged.event, AgentEvent):
            seen.append(logged.event)
            if inside(logged.event) == path:
                return seen
    raise AssertionError(f"{path} never came: {[inside(event) for event in seen]}")


@contextmanager
def impatient() -> Iterator[None]:
    """Nobody watches a run that waits for a person, from the next moment on."""
    with mock.patch.object(mirror, "PATIENCE", timedelta(seconds=0.2)):
        yield


async def unwatched(here: Lab, *runs: UUID) -> None:
    """Wait until neither the turn nor these runs have anything under way."""
    handles = [
        here.handle,
        *(here.client.get_workflow_handle(ids.run_workflow_id(here.scope, run)) for run in runs),
    ]

    async def idle() -> bool:
        described = [await handle.describe() for handle in handles]
        return not any(one.raw_description.pending_activities for one in described)

    await until(idle)


async def delegated(here: Lab) -> None:
    turn_id = (await here.send(calling("writer", CALCULATE), agent=LEAD)).turn_id
    seen = await here.ended(turn_id)
    assert ("writer", "turn.completed") in [inside(event) for event in shown(seen)]
    view = await here.view(turn_id)
    assert view.outcome is Outcome.COMPLETED
    assert view.answer is not None
    assert "42" in view.answer.content


async def delegated_and_asking(here: Lab) -> None:
    """Its caller looks away until somebody has decided."""
    with impatient():
        turn_id = (await here.send(calling("writer", PUBLISH), agent=LEAD)).turn_id
        asked = (await until_inside(here, turn_id, "writer", "approval.requested"))[-1]
        await unwatched(here)
        await here.decide(UUID(asked.event["approval_id"]), Decision.APPROVE)
        below = [inside(event) for event in shown(await here.ended(turn_id))]
    assert ("writer", "tool.completed") in below
    assert (await here.view(turn_id)).outcome is Outcome.COMPLETED


async def delegated_and_stopped(here: Lab) -> None:
    turn_id = (await here.send(calling("writer", SLOW), agent=LEAD)).turn_id
    await until_inside(here, turn_id, "writer", "step.started")
    await here.stop(turn_id)
    below = [inside(event) for event in shown(await here.ended(turn_id))]
    assert below[-1] == ("writer", "turn.stopped")
    assert (await here.view(turn_id)).outcome is Outcome.STOPPED


async def debated(here: Lab) -> None:
    turn_id = (await here.send("Rye\n@offline tokens=3", agent=PANEL)).turn_id
    below = [inside(event) for event in shown(await here.ended(turn_id))]
    assert {("writer", "turn.completed"), ("critic", "turn.completed")} <= set(below)
    assert (await here.view(turn_id)).outcome is Outcome.COMPLETED


TEAMS: dict[str, tuple[Play, tuple[Agent, ...]]] = {
    "delegated": (delegated, (LEAD, WRITER)),
    "delegated_asking": (delegated_and_asking, (LEAD, WRITER)),
    "delegated_stopped": (delegated_and_stopped, (LEAD, WRITER)),
    "debated": (debated, (PANEL, WRITER, CRITIC)),
}
