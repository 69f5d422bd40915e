"""Each message runs once, whatever is repeated, raced or taken down."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowExecutionStatus

from adapters.events.connection import connect
from domain.fold import fold
from domain.ports.conversations import ConversationKind
from local.stack import Stack
from models.errors import AppError
from models.payloads.events import START
from models.payloads.turn import BusyPolicy, IncomingMessage, Outcome, SendResult, SendStatus
from queues.turns import turns_worker
from tests.turns.held import HELD, Held
from tests.turns.lab import Lab, lab

QUICK = "@offline tokens=1"
# Under way until the test lets it end.
FIRST = f"{HELD}\n{QUICK}"


async def outcomes(here: Lab) -> dict[UUID, Outcome]:
    """How each turn in the stored log ended; a turn that ended twice fails here."""
    events = await here.whole_log()
    ends = [event for event in events if event.event.kind in {"turn.completed", "turn.failed"}]
    counted = Counter(event.turn_id for event in ends)
    assert set(counted.values()) <= {1}
    started = Counter(e.turn_id for e in events if e.event.kind == "turn.started")
    assert started == counted
    return {
        event.turn_id: event.event.outcome  # type: ignore[union-attr]  # only ends are here
        for event in ends
        if event.turn_id is not None
    }


async def test_a_copy_after_its_run_ended_runs_nothing(stack: Stack) -> None:
    async with lab(stack) as here:
        message = here.message(QUICK)
        await here.deliver(message)
        await here.ended(message.turn_id)
        await here.idle()
        await here.deliver(message)
        await here.idle()
        assert await outcomes(here) == {message.turn_id: Outcome.COMPLETED}


async def test_fifty_copies_at_once_are_one_turn(stack: Stack) -> None:
    async with lab(stack) as here:
        message = here.message(QUICK)
        results = await asyncio.gather(*(here.deliver(message) for _ in range(50)))
        assert {result.turn_id for result in results} == {message.turn_id}
        await here.ended(message.turn_id)
        await here.idle()
        assert await outcomes(here) == {message.turn_id: Outcome.COMPLETED}


async def test_fifty_copies_at_a_busy_conversation_are_one_turn(stack: Stack) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here:
        first = await here.send(FIRST)
        await here.until(first.turn_id, "text.delta")
        message = here.message(QUICK)
        await asyncio.gather(*(here.deliver(message) for _ in range(50)))
        held.release.set()
        await here.ended(message.turn_id)
        await here.idle()
        assert set(await outcomes(here)) == {first.turn_id, message.turn_id}


async def test_the_seventeenth_waiting_message_is_refused_by_name(stack: Stack) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here:
        first = await here.send(FIRST)
        await here.until(first.turn_id, "text.delta")
        waiting = [await here.send(QUICK) for _ in range(16)]
        assert [result.position for result in waiting] == list(range(1, 17))
        with pytest.raises(AppError) as refused:
            await here.send(QUICK)
        assert refused.value.code == "queue_full"
        held.release.set()
        await here.ended(waiting[-1].turn_id)
        assert len(await outcomes(here)) == 17


async def test_the_same_id_with_another_body_is_refused_also_while_it_waits(stack: Stack) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here:
        first = await here.send(FIRST)
        await here.until(first.turn_id, "text.delta")
        waiting = here.message(QUICK)
        await here.deliver(waiting)
        with pytest.raises(AppError) as refused:
            await here.send("Something else", message_id=waiting.message_id)
        assert refused.value.code == "message_reused"
        held.release.set()
        await here.ended(waiting.turn_id)


async def test_messages_sent_while_no_worker_is_up_run_once_when_one_is(stack: Stack) -> None:
    async with lab(stack, workers=0) as here:
        messages = [here.message(QUICK) for _ in range(3)]
        copies = [*messages, messages[0]]
        results = await asyncio.gather(*(here.deliver(message) for message in copies))
        assert {result.status for result in results} == {SendStatus.ACCEPTED}
        async with turns_worker(here.client, here.adapters, here.queue):
            for message in messages:
                await here.ended(message.turn_id)
            await here.idle()
        assert set(await outcomes(here)) == {message.turn_id for message in messages}


async def test_a_signalled_message_too_many_gets_a_turn_that_says_so(stack: Stack) -> None:
    async with lab(stack, workers=0) as here:
        messages = [here.message(QUICK) for _ in range(19)]
        for message in messages:
            await here.deliver_by_signal(message)
        async with turns_worker(here.client, here.adapters, here.queue):
            for message in messages:
                await here.ended(message.turn_id)
        ended = Counter((await outcomes(here)).values())
        assert ended == {Outcome.COMPLETED: 17, Outcome.FAILED: 2}


async def deliver_surely(here: Lab, message: IncomingMessage) -> SendResult:
    """As a client does it: the same message again until somebody has it."""
    while True:
        try:
            return await here.deliver(message)
        except AppError as error:
            if error.code not in {"queue_full", "engine_unavailable", "internal"}:
                raise
            await asyncio.sleep(0.05)


async def one_client(here: Lab, count: int) -> list[UUID]:
    """Sends up to four messages before it waits for an answer, and copies of old ones."""
    sent: list[IncomingMessage] = []
    seen = START
    for index in range(count):
        sent.append(here.message(QUICK))
        await deliver_surely(here, sent[-1])
        if index % 10 == 9:
            await deliver_surely(here, sent[index // 2])
        if index % 4 == 3:
            seen = (await here.ended(sent[-1].turn_id, after=seen))[-1].id
    return [message.turn_id for message in sent]


async def test_three_hundred_messages_of_three_clients_run_once_each(stack: Stack) -> None:
    async with lab(stack) as here:
        turns = await asyncio.gather(*(one_client(here, 100) for _ in range(3)))
        expected = {turn_id for client in turns for turn_id in client}
        await here.idle()
        assert await outcomes(here) == dict.fromkeys(expected, Outcome.COMPLETED)
        stored = await here.whole_log()
        assert [event.id for event in stored] == sorted(event.id for event in stored)
        live = fold([event async for event in here.read(START)])
        assert live.texts == fold(stored).texts


async def test_temporal_killed_in_between_loses_no_message(stack: Stack) -> None:
    async with lab(stack) as here:
        sending = asyncio.create_task(one_client(here, 40))
        await asyncio.wait({sending}, timeout=0.5)
        await stack.down("temporal", 1.0)
        expected = set(await sending)
        await here.idle()
        failures = [e.event for e in await here.whole_log() if e.event.kind == "turn.failed"]
        assert failures == []
        assert await outcomes(here) == dict.fromkeys(expected, Outcome.COMPLETED)


async def test_the_same_message_in_another_conversation_is_another_turn(stack: Stack) -> None:
    message_id = uuid4()
    turns = set()
    for _ in range(2):
        async with lab(stack) as here:
            result = await here.send(QUICK, message_id=message_id)
            await here.ended(result.turn_id)
            turns.add(result.turn_id)
    assert len(turns) == 2


async def test_a_conversation_deleted_under_its_queue_leaves_no_failed_run(stack: Stack) -> None:
    async with lab(stack, workers=0) as here:
        await here.deliver(here.message(QUICK))
        await here.deliver(here.message(QUICK))
        await here.conversations.delete(here.scope, here.conversation_id)
        async with turns_worker(here.client, here.adapters, here.queue):
            await here.idle()
        description = await here.handle.describe()
        assert description.status is WorkflowExecutionStatus.COMPLETED
        assert await here.whole_log() == []


async def test_a_stop_that_comes_before_its_turn_is_not_lost(stack: Stack) -> None:
    async with lab(stack, workers=0) as here:
        first, second = here.message(QUICK), here.message(QUICK)
        for message in (first, second):
            await here.deliver_by_signal(message)
        await here.engine.stop(here.log, ConversationKind.CHAT, None)
        async with turns_worker(here.client, here.adapters, here.queue):
            await here.idle()
        assert (await here.view(first.turn_id)).outcome is Outcome.STOPPED
        assert (await here.view(second.turn_id)).outcome is Outcome.COMPLETED


async def test_messages_that_steer_count_among_those_that_wait(stack: Stack) -> None:
    held = Held()
    async with lab(stack, around=held.around) as here:
        first = await here.send(FIRST)
        await here.until(first.turn_id, "text.delta")
        for _ in range(16):
            await here.send(QUICK, on_busy=BusyPolicy.STEER)
        with pytest.raises(AppError) as refused:
            await here.send(QUICK, on_busy=BusyPolicy.STEER)
        assert refused.value.code == "queue_full"
        held.release.set()
        await here.ended(first.turn_id)


async def test_an_answer_that_was_lost_is_paid_for_too(stack: Stack) -> None:
    async with lab(stack, chat_completions=True) as here:
        view = await here.answer("@offline tokens=40 gap_ms=2 fail=drop after=12 times=1")
        # What a broken call cost is estimated: its provider does not tell.
        assert view.output_tokens > 40


async def test_a_turn_whose_end_finds_an_empty_redis_ends_in_the_stored_log(stack: Stack) -> None:
    async with lab(stack) as here:
        result = await here.send("@offline tokens=30 gap_ms=20")
        await here.until(result.turn_id, "text.delta", 3)
        redis = connect(stack.redis_url)
        try:
            while not await here.committed_step(result.turn_id):
                await redis.flushall()
        finally:
            await redis.aclose()
        await here.idle()
        log = await here.whole_log()
        assert [event.event.kind for event in log][-1] == "turn.completed"
        assert [event.id for event in log] == sorted({event.id for event in log})
