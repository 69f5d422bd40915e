"""The shapes of stops and cancellations that come after the turn that they might have meant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from domain.ports.conversations import ConversationKind
from models import ids
from models.payloads.turn import Outcome, Withdrawal
from tests.turns.held import HELD, Held
from tests.turns.holding import apart
from tests.turns.lab import Lab
from tests.turns.threshold import Between, at_the_end, outgrown
from tests.turns.together import Doorkeeper, kept, told_at_once

# Ends when all that must come before is there.
FIRST = f"{HELD}\n@offline tokens=2"


@asynccontextmanager
async def _unheard(here: Lab, behind: int) -> AsyncIterator[tuple[Lab, list[UUID]]]:
    """A turn has ended, and its run does not know yet; in the end everybody's has."""
    held = Held()
    there = apart(here, held)
    async with at_the_end(there, here.database_url, committed=True) as threshold:
        await there.send(FIRST)
        turns = [(await there.send("@offline tokens=2")).turn_id for _ in range(behind)]
        held.release.set()
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
        await outgrown(there)
    outcomes = [(await here.view(turn_id)).outcome for turn_id in turns]
    assert outcomes == [Outcome.STOPPED, Outcome.COMPLETED, Outcome.STOPPED]
    return ids.turn_workflow_id(here.scope, here.conversation_id)


async def stopped_too_late(here: Lab) -> str:
    """The stop names nobody, and the next turn is the same run's. Recorded when the stop was lost
    then: a run that went on like this must still replay."""
    async with _unheard(here, 1) as (there, _):
        await _stop(there, None)
    return ids.turn_workflow_id(here.scope, here.conversation_id)


async def cancelled_with_an_end(here: Lab) -> str:
    """The run hears in one task that it is cancelled and that a message's end is written."""
    keeper, held = Doorkeeper(), Held()
    there = apart(here, held)
    door = at_the_end(kept(there, keeper), here.database_url, committed=True, door=Between)
    async with door as threshold:
        await there.send(FIRST)
        withdrawn, following = there.message("Never mind."), there.message("@offline tokens=2")
        for message in (withdrawn, following):
            await there.deliver(message)
        await there.engine.withdraw(there.log, Withdrawal(message_id=withdrawn.message_id))
        held.release.set()
        await threshold.reached.wait()
        async with told_at_once(there, keeper):
            await there.handle.cancel()
            threshold.release.set()
        await there.idle()
    assert (await here.view(following.turn_id)).outcome is Outcome.COMPLETED
    return ids.turn_workflow_id(here.scope, here.conversation_id)
