"""An end that is written a second time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.store.session import Session
from domain.ports.transcript import ClosedTurn
from local.stack import Stack
from models.payloads.events import START, TURN_ENDS, LoggedEvent
from models.payloads.scope import Scope
from models.payloads.turn import IncomingMessage, Outcome
from tests.turns.held import HELD, Held
from tests.turns.lab import Lab, lab
from tests.turns.threshold import Between, Threshold, at_the_end
from tests.turns.together import Doorkeeper, kept, told_at_once

Result = TypeVar("Result")


class Forgetful(Threshold):
    """The commit of an end is not heard of: its transaction is run again."""

    async def run(
        self, scope: Scope | None, work: Callable[[Session], Awaitable[Result]]
    ) -> Result:
        result = await super().run(scope, work)
        match result:
            case ClosedTurn():
                return await super().run(scope, work)
        return result


async def read_along(here: Lab) -> list[LoggedEvent]:
    return [event async for event in here.read(START)]


def ends(events: list[LoggedEvent]) -> list[LoggedEvent]:
    return [event for event in events if event.event.kind in TURN_ENDS]


def counted(here: Lab) -> float | None:
    return here.adapters.meters.registry.get_sample_value(
        "holdfast_turns_ended_total", {"outcome": Outcome.COMPLETED.value}
    )


async def flagged(here: Lab) -> IncomingMessage:
    """Told that it will be steered, the answer does not end its turn: the run does."""
    message = here.message(f"{HELD}\n@offline tokens=3")
    await here.deliver(message)
    await here.until(message.turn_id, "text.delta")
    assert await here.turns.expect_steering(here.scope, here.conversation_id)
    return message


async def closes(here: Lab) -> int:
    history = await here.handle.fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ].count("transcript.close")


async def test_an_end_that_is_written_again_is_shown_and_counted_once(stack: Stack) -> None:
    """The run hears of its cancellation and of the end in one task, and writes the end again."""
    keeper, held = Doorkeeper(), Held()
    async with (
        lab(stack, workers=0, around=held.around) as here,
        at_the_end(
            kept(here, keeper), stack.database_url, committed=True, door=Between
        ) as threshold,
    ):
        message = await flagged(here)
        reading = asyncio.create_task(read_along(here))
        held.release.set()
        await threshold.reached.wait()
        async with told_at_once(here, keeper):
            await here.handle.cancel()
            threshold.release.set()
        await here.idle()
        assert await closes(here) == 2
        shown, stored = ends(await reading), ends(await here.whole_log())

    assert [event.turn_id for event in stored] == [message.turn_id]
    assert shown == stored
    assert counted(here) == 1


async def test_an_end_whose_commit_was_not_heard_of_is_shown_and_counted(stack: Stack) -> None:
    held = Held()
    async with (
        lab(stack, workers=0, around=held.around) as here,
        at_the_end(here, stack.database_url, committed=True, door=Forgetful) as threshold,
    ):
        threshold.release.set()
        message = await flagged(here)
        reading = asyncio.create_task(read_along(here))
        held.release.set()
        await here.idle()
        assert await closes(here) == 1
        shown, stored = ends(await reading), ends(await here.whole_log())

    assert [event.turn_id for event in stored] == [message.turn_id]
    assert shown == stored
    assert counted(here) == 1
