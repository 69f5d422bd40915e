"""An answer ends its turn in its own transaction: once, whoever comes at that moment."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError, RPCStatusCode

from adapters.events.connection import connect
from adapters.store.notices import PostgresNotices
from domain.catalogue import DIRECT, GENERAL
from local.stack import Stack
from models.payloads.agent import Agent
from models.payloads.events import START, ConversationTitled, LoggedEvent
from models.payloads.turn import BusyPolicy, Outcome, SendStatus
from queues.turns import turns_worker
from tests.turns.held import Held
from tests.turns.lab import Lab, lab
from tests.turns.shapes import kinds
from tests.turns.test_once import FIRST, QUICK, outcomes
from tests.turns.test_turn import everything
from tests.turns.threshold import at_the_end
from tests.waiting import until


async def activities(here: Lab) -> list[tuple[str, int]]:
    """Those of the newest run, each with the attempts that it took."""
    history = await here.handle.fetch_history()
    named = {
        event.event_id: event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    }
    return [
        (named[started.scheduled_event_id], started.attempt)
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
        for started in [event.activity_task_started_event_attributes]
    ]


async def session_runs(here: Lab) -> bool:
    """The first session's workflow was started."""
    workflow_id = await here.session_workflow_id()
    try:
        await here.client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def result_of(here: Lab) -> object:
    """The outcome as the run itself tells it."""
    result = await here.handle.result()
    assert isinstance(result, dict)
    return result["outcome"]


def ends(events: Sequence[LoggedEvent]) -> int:
    return sum(event.event.kind in {"turn.completed", "turn.stopped"} for event in events)


async def forget_all(stack: Stack) -> None:
    redis = connect(stack.redis_url)
    try:
        await redis.flushall()
    finally:
        await redis.aclose()


@pytest.mark.parametrize("forgotten", [False, True], ids=["", "and Redis forgot all"])
@pytest.mark.parametrize("agent", [DIRECT, GENERAL], ids=["claimed here", "prepared"])
async def test_a_worker_that_dies_behind_the_commit_leaves_an_end_that_the_next_attempt_shows(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, agent: Agent, *, forgotten: bool
) -> None:
    monkeypatch.setattr("queues.turns.DRAIN", timedelta(0))
    titled = ConversationTitled(title="It waited for the end")
    held = Held()
    async with lab(stack, workers=0, around=held.around) as here:
        async with at_the_end(here, stack.database_url, committed=True) as threshold:
            result = await here.send(FIRST, agent=agent)
            await here.until(result.turn_id, "text.delta")
            assert await PostgresNotices(here.database).post(here.log, "title", titled) == ()
            live = asyncio.create_task(here.logged("conversation.titled"))
            held.release.set()
            await threshold.reached.wait()
            assert await here.committed_step(result.turn_id)
        assert not await session_runs(here)
        assert not live.done()
        if forgotten:
            await forget_all(stack)

        async with turns_worker(here.client, here.adapters, here.queue):
            assert await result_of(here) == Outcome.COMPLETED
            seen = await live

        assert kinds(seen)[-2:] == ["turn.completed", "conversation.titled"]
        assert ends(seen) == ends(await here.whole_log()) == 1
        assert await outcomes(here) == {result.turn_id: Outcome.COMPLETED}
        assert await session_runs(here)
        # It was no duplicate, did not fail, and nothing else had to end it.
        assert (await activities(here))[-1] == ("model.think", 2)
        await everything(here)


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "behind it"])
@pytest.mark.parametrize("policy", [None, BusyPolicy.INTERRUPT, BusyPolicy.ROLLBACK])
async def test_whoever_stops_a_turn_at_its_very_end_is_too_late(
    stack: Stack, policy: BusyPolicy | None, *, committed: bool
) -> None:
    async with lab(stack, workers=0) as here:
        async with at_the_end(here, stack.database_url, committed=committed) as threshold:
            first = await here.send(QUICK)
            turns = [first.turn_id]
            await threshold.reached.wait()
            if policy is None:
                await here.stop(first.turn_id)
            else:
                turns.append((await here.send("Next\n" + QUICK, on_busy=policy)).turn_id)
            threshold.release.set()
            for turn_id in turns:
                await here.ended(turn_id)
            await here.idle()

        assert await outcomes(here) == dict.fromkeys(turns, Outcome.COMPLETED)
        assert ends(await here.whole_log()) == len(turns)
        assert await result_of(here) == Outcome.COMPLETED
        page = await here.conversations.messages(
            here.scope, here.conversation_id, limit=9, cursor=None
        )
        assert [message.turn_id for message in page.items] == [
            turn_id for turn_id in turns for _ in ("asked", "answered")
        ]
        await everything(here)


async def test_a_stop_and_a_death_behind_the_commit_leave_the_one_end(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queues.turns.DRAIN", timedelta(0))
    async with lab(stack, workers=0) as here:
        async with at_the_end(here, stack.database_url, committed=True) as threshold:
            first = await here.send(QUICK)
            await threshold.reached.wait()
            await here.stop(first.turn_id)
        async with turns_worker(here.client, here.adapters, here.queue):
            await here.ended(first.turn_id)
            await here.idle()

        assert await outcomes(here) == {first.turn_id: Outcome.COMPLETED}
        assert ends(await here.whole_log()) == 1
        assert await session_runs(here)
        await everything(here)


@pytest.mark.parametrize("policy", [None, BusyPolicy.INTERRUPT, BusyPolicy.ROLLBACK])
async def test_stops_that_race_the_last_token_leave_one_end_each(
    stack: Stack, policy: BusyPolicy | None
) -> None:
    """Unlike above the moment is left to chance: whoever is first decides."""
    told = {
        None: Outcome.STOPPED,
        BusyPolicy.INTERRUPT: Outcome.INTERRUPTED,
        BusyPolicy.ROLLBACK: Outcome.WITHDRAWN,
    }[policy]
    async with lab(stack) as here:
        for tokens in range(1, 9):
            first = await here.send(f"@offline tokens={tokens} gap_ms=1")
            await here.until(first.turn_id, "text.delta")
            last = first.turn_id
            if policy is None:
                await here.stop(first.turn_id)
            else:
                last = (await here.send(QUICK, on_busy=policy)).turn_id
            await here.ended(first.turn_id)
            await here.ended(last)
            assert (await here.view(first.turn_id)).outcome in {Outcome.COMPLETED, told}
            assert (await here.view(last)).outcome in {Outcome.COMPLETED, told}
        await here.idle()
        log = await here.whole_log()
        started = {event.turn_id for event in log if event.event.kind == "turn.started"}
        ended = Counter(event.turn_id for event in log if ends([event]))
        assert ended == dict.fromkeys(started, 1)
        await everything(here)


async def test_an_answer_does_not_end_a_turn_that_is_about_to_be_steered(stack: Stack) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here:
        first = await here.send(FIRST)
        await here.until(first.turn_id, "text.delta")
        second = await here.send("Shorter\n@offline tokens=2", on_busy=BusyPolicy.STEER)
        assert (second.status, second.turn_id) == (SendStatus.STEERED, first.turn_id)
        held.release.set()
        seen = await here.ended(first.turn_id)
        await here.idle()

        assert kinds(seen).count("text.completed") == 2
        assert ends(await here.whole_log()) == 1
        assert await outcomes(here) == {first.turn_id: Outcome.COMPLETED}
        page = await here.conversations.messages(
            here.scope, here.conversation_id, limit=9, cursor=None
        )
        assert [message.role for message in page.items] == ["user", "assistant"] * 2
        await everything(here)


async def test_a_steering_message_that_never_comes_keeps_no_turn_open(stack: Stack) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here:
        first = await here.send(FIRST)
        await here.until(first.turn_id, "text.delta")
        assert await here.turns.expect_steering(here.scope, here.conversation_id)
        held.release.set()
        await here.ended(first.turn_id)
        await here.idle()

        assert await outcomes(here) == {first.turn_id: Outcome.COMPLETED}
        assert await activities(here) == [("model.think", 1), ("transcript.close", 1)]
        assert await session_runs(here)
        await everything(here)


async def test_a_message_that_comes_to_steer_while_the_end_is_written_is_told_its_own_turn(
    stack: Stack,
) -> None:
    async with lab(stack, workers=0) as here:
        async with at_the_end(here, stack.database_url, committed=False) as threshold:
            first = await here.send(QUICK)
            await threshold.reached.wait()
            late = here.message("Too late\n" + QUICK, on_busy=BusyPolicy.STEER)
            steering = asyncio.create_task(here.deliver(late))
            await waiting_for_a_lock(here)
            threshold.release.set()
            told = await steering
            await here.ended(late.turn_id)
            await here.idle()

        assert told.turn_id == late.turn_id
        assert await outcomes(here) == {
            first.turn_id: Outcome.COMPLETED,
            late.turn_id: Outcome.COMPLETED,
        }


async def test_a_message_that_steers_a_turn_which_has_ended_gets_a_turn_of_its_own(
    stack: Stack,
) -> None:
    async with lab(stack, workers=0) as here:
        async with at_the_end(here, stack.database_url, committed=True) as threshold:
            first = await here.send(QUICK)
            await threshold.reached.wait()
            late = here.message("Too late\n" + QUICK, on_busy=BusyPolicy.STEER)
            # The run does not know of the end yet.
            assert (await here.deliver_blindly(late)).status is SendStatus.STEERED
            threshold.release.set()
            await here.ended(late.turn_id)
            await here.idle()

        assert await outcomes(here) == {
            first.turn_id: Outcome.COMPLETED,
            late.turn_id: Outcome.COMPLETED,
        }
        one, two = await here.view(first.turn_id), await here.view(late.turn_id)
        assert (one.number, two.number) == (1, 2)
        assert two.answer is not None
        await everything(here)


async def waiting_for_a_lock(here: Lab) -> None:
    """Somebody in the store waits for somebody else's transaction."""

    async def waits() -> bool:
        async with here.database.transaction(None) as session:
            rows = await session.fetch("SELECT FROM pg_locks WHERE NOT granted")
        return bool(rows)

    await until(waits)


async def test_from_its_start_to_the_end_that_its_answer_wrote_a_turn_has_no_gap(
    stack: Stack,
) -> None:
    async with lab(stack) as here:
        result = await here.send(QUICK)
        seen = [event async for event in here.read(START) if event.turn_id == result.turn_id]
        assert [kind for kind in kinds(seen) if kind != "text.delta"] == [
            "turn.started",
            "step.started",
            "text.completed",
            "usage.recorded",
            "turn.completed",
        ]
        assert [event.id.sequence for event in seen] == list(range(1, len(seen) + 1))
