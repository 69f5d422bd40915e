"""The engine on a real Temporal server."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from adapters.engine.temporal import TemporalEngine
from domain.ports.conversations import ConversationKind
from local.stack import Stack
from models import ids
from models.errors import AppError, LimitError, UnavailableError
from models.payloads.agent import AgentPlan
from models.payloads.scope import LogKey, Scope
from models.payloads.session import SessionStart
from models.payloads.turn import BusyPolicy, IncomingMessage, SendStatus, TurnStart
from tests.adapters.recording_workflow import RecordingWorkflow
from tests.waiting import PATIENCE, until

SCOPE = Scope(organisation_id=uuid4(), space_id=uuid4())
# As short as a worker that is up allows, so that the fallback is reached quickly.
IMPATIENT = 0.3


@pytest.fixture(scope="module")
async def temporal(stack: Stack) -> Client:
    return await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)


def a_message(
    conversation: UUID, content: str = "hello", on_busy: BusyPolicy = BusyPolicy.ENQUEUE
) -> TurnStart:
    message_id = uuid4()
    message = IncomingMessage(
        message_id=message_id,
        turn_id=ids.turn_id(conversation, message_id),
        user_id=uuid4(),
        content=content,
        body_hash="0",
        agent=AgentPlan(name="general"),
        on_busy=on_busy,
    )
    return TurnStart(scope=SCOPE, conversation_id=conversation, messages=(message,))


def a_log(conversation: UUID) -> LogKey:
    return LogKey(scope=SCOPE, conversation_id=conversation)


@asynccontextmanager
async def working(temporal: Client, queue: str) -> AsyncIterator[None]:
    async with Worker(temporal, task_queue=queue, workflows=[RecordingWorkflow]):
        yield


async def runs_of(temporal: Client, starts: Sequence[TurnStart]) -> list[list[str]]:
    """What each run of the messages' conversation saw, once all have ended."""
    [conversation] = {start.conversation_id for start in starts}
    workflow_id = ids.turn_workflow_id(SCOPE, conversation)
    newest = (await temporal.get_workflow_handle(workflow_id).describe()).run_id
    sent = {message_of(start) for start in starts}
    seen: dict[str, list[str]] = {}

    async def listed() -> bool:
        # The server lists runs some time after it has started them.
        found = [
            run.run_id async for run in temporal.list_workflows(f"WorkflowId = '{workflow_id}'")
        ]
        handles = [temporal.get_workflow_handle(workflow_id, run_id=run) for run in found]
        results = await asyncio.gather(*(handle.result() for handle in handles))
        seen.update(zip(found, results, strict=True))
        return newest in seen and sent <= {message for run in results for message in run}

    with suppress(TimeoutError):  # a test says what is missing
        await until(listed)
    return list(seen.values())


def message_of(start: TurnStart) -> str:
    return str(start.messages[0].message_id)


async def test_a_message_raced_at_a_finishing_run_is_always_seen(temporal: Client) -> None:
    queue = str(uuid4())
    engine = TemporalEngine(temporal, turns_queue=queue)
    conversations = [uuid4() for _ in range(10)]
    randomness = random.Random(7)  # noqa: S311 - a seed, so that it can be run again
    messages = [a_message(randomness.choice(conversations)) for _ in range(500)]
    copies = [*messages, *randomness.sample(messages, 50)]

    async def client(share: list[TurnStart]) -> None:
        for start in share:
            result = await engine.send(start)
            assert result.turn_id == start.messages[0].turn_id
            await asyncio.sleep(randomness.random() / 50)

    async with working(temporal, queue):
        await asyncio.gather(*(client(copies[index::8]) for index in range(8)))
        sent = {c: [one for one in messages if one.conversation_id == c] for c in conversations}
        seen = {c: await runs_of(temporal, sent[c]) for c in conversations}

    for start in messages:
        assert any(message_of(start) in run for run in seen[start.conversation_id])
    within_a_run = [max(Counter(run).values()) for runs in seen.values() for run in runs]
    assert set(within_a_run) == {1}
    assert len(within_a_run) > len(conversations)


async def test_an_idle_conversation_starts_and_a_busy_one_queues(temporal: Client) -> None:
    queue, conversation = str(uuid4()), uuid4()
    engine = TemporalEngine(temporal, turns_queue=queue, answer=PATIENCE)
    starts = [a_message(conversation, "wait"), a_message(conversation)]
    async with working(temporal, queue):
        first, second = [await engine.send(start) for start in starts]
        assert await engine.is_open(a_log(conversation), ConversationKind.CHAT)
        await engine.stop(a_log(conversation), ConversationKind.CHAT, first.turn_id)
        [run] = await runs_of(temporal, starts)
        assert len(run) == 2

    assert (first.status, second.status) == (SendStatus.STARTED, SendStatus.QUEUED)
    assert not await engine.is_open(a_log(conversation), ConversationKind.CHAT)


async def test_a_message_sent_with_no_worker_up_is_durable(temporal: Client) -> None:
    queue, conversation = str(uuid4()), uuid4()
    engine = TemporalEngine(temporal, turns_queue=queue, answer=IMPATIENT)
    starts = [a_message(conversation), a_message(conversation)]

    results = [await engine.send(start) for start in starts]
    async with working(temporal, queue):
        runs = await runs_of(temporal, starts)

    assert [result.status for result in results] == [SendStatus.ACCEPTED] * 2
    assert sorted(message for run in runs for message in run) == sorted(map(message_of, starts))


async def test_reject_cannot_be_decided_with_no_worker_up(temporal: Client) -> None:
    engine = TemporalEngine(temporal, turns_queue=str(uuid4()), answer=IMPATIENT)
    with pytest.raises(UnavailableError) as refused:
        await engine.send(a_message(uuid4(), on_busy=BusyPolicy.REJECT))
    assert refused.value.code == "no_worker"


async def test_a_refusal_of_the_run_keeps_its_code(temporal: Client) -> None:
    queue, conversation = str(uuid4()), uuid4()
    engine = TemporalEngine(temporal, turns_queue=queue, answer=PATIENCE)
    async with working(temporal, queue):
        await engine.send(a_message(conversation, "wait"))
        with pytest.raises(LimitError) as full:
            await engine.send(a_message(conversation, "refused"))
        with pytest.raises(AppError) as broken:
            await engine.send(a_message(conversation, "broken"))
        await engine.terminate(a_log(conversation), ConversationKind.CHAT)

    assert (full.value.code, broken.value.code) == ("queue_full", "internal")
    assert not await engine.is_open(a_log(conversation), ConversationKind.CHAT)


async def test_a_conversation_without_a_run_takes_every_signal_quietly(temporal: Client) -> None:
    engine, log = TemporalEngine(temporal), a_log(uuid4())
    await engine.stop(log, ConversationKind.CHAT, None)
    await engine.terminate(log, ConversationKind.RUN)
    assert not await engine.is_open(log, ConversationKind.CHAT)


async def test_a_session_starts_once_and_closing_wakes_it(temporal: Client) -> None:
    engine = TemporalEngine(temporal, turns_queue=str(uuid4()))
    start = SessionStart(scope=SCOPE, conversation_id=uuid4(), session_id=uuid4(), number=1)
    workflow_id = ids.session_workflow_id(SCOPE, start.session_id)
    handle = temporal.get_workflow_handle(workflow_id)

    await engine.start_session(start)
    await engine.start_session(start)
    assert (await handle.describe()).history_length == 1
    await engine.close_session(start)

    async def woken() -> bool:
        return (await handle.describe()).history_length >= 3

    await until(woken, seconds=20)
    await handle.terminate()
    await engine.close_session(start)
    await engine.start_session(start)


async def test_a_conversation_made_again_has_sessions_of_its_own(temporal: Client) -> None:
    engine, conversation = TemporalEngine(temporal, turns_queue=str(uuid4())), uuid4()
    for _ in range(2):
        start = SessionStart(
            scope=SCOPE, conversation_id=conversation, session_id=uuid4(), number=1
        )
        await engine.start_session(start)
        workflow_id = ids.session_workflow_id(SCOPE, start.session_id)
        await temporal.get_workflow_handle(workflow_id).terminate()


async def test_temporal_away_is_a_named_failure() -> None:
    client = await Client.connect("127.0.0.1:9", lazy=True, data_converter=pydantic_data_converter)
    engine = TemporalEngine(client, answer=IMPATIENT)
    conversation = uuid4()
    for call in (
        engine.send(a_message(conversation)),
        engine.send(a_message(conversation, on_busy=BusyPolicy.REJECT)),
        engine.stop(a_log(conversation), ConversationKind.CHAT, None),
        engine.ready(),
    ):
        with pytest.raises(UnavailableError) as away:
            await call
        assert away.value.code == "engine_unavailable"
        assert away.value.retry_after == 2
