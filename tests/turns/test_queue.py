"""What waits behind a running turn is known to everybody, and can be taken back until it begins."""

import asyncio
from uuid import UUID, uuid4

import pytest

from local.stack import Stack
from models.errors import AppError
from models.payloads.turn import BusyPolicy, IncomingMessage, Limits, Outcome, Withdrawal
from tests.turns.lab import Lab, lab
from tests.turns.test_branches import again, path, said

QUICK = "@offline tokens=1"
# Longer than anybody waits: it is stopped.
BUSY = "@offline tokens=2000 gap_ms=25"


async def busy(here: Lab) -> UUID:
    """A turn that runs for a while."""
    running = await here.send(BUSY)
    await here.until(running.turn_id, "text.delta")
    return running.turn_id


async def take_back(here: Lab, message_id: UUID, user_id: UUID | None = None) -> None:
    await here.engine.withdraw(here.log, Withdrawal(message_id=message_id, user_id=user_id))


async def waiting(here: Lab) -> list[UUID]:
    return [one.message_id for one in await here.engine.queued(here.log)]


async def test_what_waits_is_told_in_its_order_and_only_while_it_waits(stack: Stack) -> None:
    async with lab(stack) as here:
        assert await waiting(here) == []
        await busy(here)
        assert await waiting(here) == []
        first, second = (
            here.message(QUICK),
            here.message("long").model_copy(update={"content": None, "user_id": uuid4()}),
        )
        for message in (first, second):
            await here.deliver(message)
        urgent = here.message(QUICK)
        told = await here.engine.queued(here.log)
        assert [(one.message_id, one.content, one.user_id) for one in told] == [
            (first.message_id, QUICK, here.user_id),
            (second.message_id, None, second.user_id),
        ]
        await take_back(here, second.message_id)
        await here.deliver(urgent.model_copy(update={"on_busy": BusyPolicy.INTERRUPT}))
        await here.ended(first.turn_id)
        await here.idle()
        assert await waiting(here) == []


async def test_a_message_is_taken_back_by_its_sender_or_by_who_may_for_all(stack: Stack) -> None:
    async with lab(stack) as here:
        running = await busy(here)
        mine, theirs = here.message(QUICK), here.message(QUICK)
        for message in (mine, theirs):
            await here.deliver(message)
        with pytest.raises(AppError) as refused:
            await take_back(here, mine.message_id, uuid4())
        assert refused.value.code == "not_the_sender"
        assert await waiting(here) == [mine.message_id, theirs.message_id]
        for _ in range(2):
            await take_back(here, mine.message_id, here.user_id)
        await take_back(here, theirs.message_id)
        assert await waiting(here) == []
        await here.stop(running)
        for message in (mine, theirs):
            ended = await here.ended(message.turn_id)
            assert ended[-1].event.kind == "turn.stopped"
            assert (await here.view(message.turn_id)).outcome is Outcome.WITHDRAWN
        await here.idle()


async def test_what_runs_or_never_came_or_has_ended_is_not_taken_back(stack: Stack) -> None:
    async with lab(stack) as here:
        running = here.message(BUSY)
        await here.deliver(running)
        await here.until(running.turn_id, "text.delta")
        for message_id in (running.message_id, uuid4()):
            with pytest.raises(AppError) as refused:
                await take_back(here, message_id)
            assert refused.value.code == "already_started"
        await here.stop(running.turn_id)
        await here.ended(running.turn_id)
        await here.idle()
        with pytest.raises(AppError) as refused:
            await take_back(here, running.message_id)
        assert refused.value.code == "already_started"
        assert (await here.view(running.turn_id)).outcome is Outcome.STOPPED


async def test_a_branch_that_is_taken_back_leaves_the_path_where_it_was(stack: Stack) -> None:
    """Also where it was to follow, or to answer again, an earlier message."""
    async with lab(stack) as here:
        question = here.message(QUICK)
        await said(here, question)
        running = await busy(here)
        elsewhere = here.message("Rather").model_copy(update={"parent_id": UUID(int=0)})
        branches: list[IncomingMessage] = [elsewhere, again(here, question)]
        for message in branches:
            await here.deliver(message)
        for message in branches:
            await take_back(here, message.message_id)
        await here.stop(running)
        await here.ended(branches[-1].turn_id)
        await here.idle()
        assert [content for _, content in await path(here)][::2] == [QUICK, BUSY]


async def test_one_that_was_taken_back_keeps_its_place_until_its_turn_has_ended(
    stack: Stack,
) -> None:
    async with lab(stack, limits=Limits(queue_length=3)) as here:
        running = await busy(here)
        messages = [here.message(QUICK) for _ in range(here.limits.queue_length)]
        for message in messages:
            await here.deliver(message)
        for message in messages[:-1]:
            await take_back(here, message.message_id)
        assert await waiting(here) == [messages[-1].message_id]
        with pytest.raises(AppError) as refused:
            await here.send(QUICK)
        assert refused.value.code == "queue_full"
        await here.stop(running)
        await here.ended(messages[-1].turn_id)
        outcomes = [(await here.view(message.turn_id)).outcome for message in messages]
        assert outcomes == [Outcome.WITHDRAWN] * 2 + [Outcome.COMPLETED]


async def test_with_no_worker_up_nobody_says_what_waits(stack: Stack) -> None:
    async with lab(stack, workers=0) as here:
        message = here.message(QUICK)
        await here.deliver(message)
        asking = (waiting(here), take_back(here, message.message_id))
        refused = await asyncio.gather(*asking, return_exceptions=True)
        assert [one.code for one in refused if isinstance(one, AppError)] == ["no_worker"] * 2
