"""The shapes of stops that come after the turn that they might have meant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID, uuid4

from adapters.engine.temporal import TemporalEngine
from domain.ports.conversations import ConversationKind
from models import ids
from models.payloads.turn import Outcome
from tests.turns.lab import Lab
from tests.turns.threshold import at_the_end


@asynccontextmanager
async def _unheard(here: Lab, behind: int) -> AsyncIterator[tuple[Lab, list[UUID]]]:
    """A turn has ended, and its run does not know yet; in the end everybody's has."""
    queue = f"turns-{uuid4()}"
    there = replace(here, queue=queue, engine=TemporalEngine(here.client, turns_queue=queue))
    async with at_the_end(there, here.database_url, committed=True) as threshold:
        await there.send("@offline tokens=20 gap_ms=25")
        turns = [(await there.send("@offline tokens=2")).turn_id for _ in range(behind)]
        await threshold.reached.wait()
        yield there, turns
        threshold.release.set()
        await there.idle()


async def _stop(here: Lab, turn_id: UUID | None) -> None:
    await here.engine.stop(here.log, ConversationKind.CHAT, turn_id)


async def stopped_between(here: Lab) -> str:
    """One stop names nobody, the other a turn that waits; their run goes on as another."""
    async with _unheard(here, 3) as (there, turns):
        await _stop(there, None)
        await _stop(there, turns[2])
    outcomes = [(await here.view(turn_id)).outcome for turn_id in turns]
    assert outcomes == [Outcome.STOPPED, Outcome.COMPLETED, Outcome.STOPPED]
    return ids.turn_workflow_id(here.scope, here.conversation_id)


async def stopped_too_late(here: Lab) -> str:
    """The stop names nobody, and the next turn is the same run's. Recorded when the stop was lost
    then: a run that went on like this must still replay."""
    async with _unheard(here, 1) as (there, _):
        await _stop(there, None)
    return ids.turn_workflow_id(here.scope, here.conversation_id)
