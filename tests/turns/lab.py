"""A worker and an edge's ports on the real servers, each test with a queue of its own."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter

from adapters.engine.temporal import ANSWER, TemporalEngine
from adapters.events.connection import connect
from adapters.events.feed import RedisEventFeed
from adapters.events.log import RedisEventLog
from adapters.store.approvals import PostgresApprovals
from adapters.store.conversations import PostgresConversations
from adapters.store.database import Database
from adapters.store.events import PostgresStoredEvents
from adapters.store.turns import PostgresTurns
from domain.catalogue import DIRECT
from domain.fold import Folded, fold
from domain.ports.agents import Agents
from domain.ports.approvals import Decision
from domain.ports.conversations import ConversationKind, TurnView
from domain.ports.events import StopFlags
from domain.ports.model import ChatModel
from domain.wire import decode
from local.stack import Stack
from models import ids
from models.payloads.agent import Agent
from models.payloads.events import START, ApprovalRequested, EventId, LoggedEvent
from models.payloads.scope import LogKey, Scope
from models.payloads.turn import BusyPolicy, IncomingMessage, Limits, SendResult, TurnStart
from queues.turns import turns_worker
from settings import Settings
from tests.judging import a_judgement
from tests.waiting import PATIENCE
from toolset import Toolset
from wiring import Adapters, adapters_of


def settings_of(stack: Stack) -> Settings:
    found = {
        name.removeprefix("HOLDFAST_").lower(): value
        for name, value in stack.environment.items()
        if name.startswith("HOLDFAST_")
    }
    nested: dict[str, object] = {}
    for name, value in found.items():
        head, _, tail = name.partition("__")
        if tail:
            section = nested.setdefault(head, {})
            assert isinstance(section, dict)
            section[tail] = value
        else:
            nested[head] = value
    return Settings.model_validate(nested)


@dataclass(frozen=True)
class Lab:
    """One space with one conversation, and a worker that serves only this test."""

    client: Client
    adapters: Adapters
    engine: TemporalEngine
    feed: RedisEventFeed
    flags: StopFlags
    conversations: PostgresConversations
    turns: PostgresTurns
    approvals: PostgresApprovals
    stored: PostgresStoredEvents
    database: Database
    database_url: str
    queue: str
    scope: Scope
    user_id: UUID
    conversation_id: UUID
    limits: Limits

    @property
    def log(self) -> LogKey:
        return LogKey(scope=self.scope, conversation_id=self.conversation_id)

    @property
    def handle(self) -> WorkflowHandle[object, object]:
        return self.client.get_workflow_handle(
            ids.turn_workflow_id(self.scope, self.conversation_id)
        )

    async def beside(self, kind: ConversationKind = ConversationKind.CHAT) -> "Lab":
        """Another conversation, or a run's, served by the same worker."""
        conversation_id = uuid4()
        await self.conversations.create(
            self.scope,
            self.user_id,
            conversation_id=conversation_id,
            title=None,
            agent=DIRECT.name,
            kind=kind,
        )
        return replace(self, conversation_id=conversation_id)

    def message(
        self,
        text: str,
        *,
        message_id: UUID | None = None,
        on_busy: BusyPolicy = BusyPolicy.ENQUEUE,
        agent: Agent = DIRECT,
    ) -> IncomingMessage:
        message_id = message_id or uuid4()
        return IncomingMessage(
            message_id=message_id,
            turn_id=ids.turn_id(self.conversation_id, message_id),
            user_id=self.user_id,
            content=text,
            body_hash=hashlib.sha256(text.encode()).hexdigest(),
            agent=agent.plan(),
            on_busy=on_busy,
            request_id="test",
        )

    async def send(
        self,
        text: str,
        *,
        message_id: UUID | None = None,
        on_busy: BusyPolicy = BusyPolicy.ENQUEUE,
        agent: Agent = DIRECT,
    ) -> SendResult:
        return await self.deliver(
            self.message(text, message_id=message_id, on_busy=on_busy, agent=agent)
        )

    async def deliver(self, message: IncomingMessage) -> SendResult:
        """As the edge does it."""
        if message.on_busy is BusyPolicy.STEER and not await self.turns.expect_steering(
            self.scope, self.conversation_id
        ):
            message = message.model_copy(update={"on_busy": BusyPolicy.ENQUEUE})
        return await self.deliver_blindly(message)

    async def deliver_blindly(self, message: IncomingMessage) -> SendResult:
        """Straight to the run; a turn in the store is not told of what may steer it."""
        return await self.engine.send(
            TurnStart(
                scope=self.scope,
                conversation_id=self.conversation_id,
                messages=(message,),
                limits=self.limits,
            )
        )

    async def deliver_by_signal(self, message: IncomingMessage) -> None:
        """As the engine does it when no worker answers."""
        await self.engine._sending.signal(
            TurnStart(
                scope=self.scope,
                conversation_id=self.conversation_id,
                messages=(message,),
                limits=self.limits,
            )
        )

    async def ended(
        self, turn_id: UUID, *, after: EventId = START, at_most: float = 60.0
    ) -> list[LoggedEvent]:
        """What a reader sees of the conversation until that turn has ended."""
        return [
            decode(event.data)
            async for event in self.feed.follow(self.log, after, turn_id=turn_id, at_most=at_most)
        ]

    async def until(self, turn_id: UUID, kind: str, count: int = 1) -> list[LoggedEvent]:
        """Read until the turn has shown that kind of event so often."""
        seen: list[LoggedEvent] = []
        async for event in self.feed.follow(self.log, START, turn_id=turn_id, at_most=60.0):
            seen.append(decode(event.data))
            matching = [one for one in seen if one.turn_id == turn_id and one.event.kind == kind]
            if len(matching) >= count:
                return seen
        raise AssertionError(f"{kind} never came: {[one.event.kind for one in seen]}")

    async def logged(self, kind: str, count: int = 1) -> list[LoggedEvent]:
        """Read until the conversation has shown that kind of event so often, in turns or not."""
        seen: list[LoggedEvent] = []
        async for event in self.feed.follow(self.log, START, at_most=60.0):
            seen.append(decode(event.data))
            if sum(one.event.kind == kind for one in seen) >= count:
                return seen
        raise AssertionError(f"{kind} never came: {[one.event.kind for one in seen]}")

    async def read(self, after: EventId) -> AsyncIterator[LoggedEvent]:
        """What a reader sees of the log until nothing runs."""

        async def idle() -> bool:
            return not await self.engine.is_open(self.log, ConversationKind.CHAT)

        async for event in self.feed.follow(self.log, after, idle=idle, at_most=60.0):
            yield decode(event.data)

    async def idle(self) -> None:
        """Wait until no run is open."""
        async with asyncio.timeout(180):
            while await self.engine.is_open(self.log, ConversationKind.CHAT):  # noqa: ASYNC110 -- Temporal's state has no event of ours
                await asyncio.sleep(0.05)

    async def stop(self, turn_id: UUID) -> None:
        """As the edge does it: the flag first, then the engine."""
        await self.flags.stop(self.log, turn_id)
        await self.engine.stop(self.log, ConversationKind.CHAT, turn_id)

    async def requested(self, turn_id: UUID) -> UUID:
        """Wait until a person is asked; gives the approval's id."""
        event = (await self.until(turn_id, "approval.requested"))[-1].event
        assert isinstance(event, ApprovalRequested)
        return event.approval_id

    async def decide(self, approval_id: UUID, decision: Decision, *, tell: bool = True) -> None:
        """As the edge does it; `tell` is whether the run gets its signal."""
        _, delivery = await self.approvals.decide(
            self.scope, approval_id, a_judgement(decision, self.user_id)
        )
        if tell:
            await self.engine.decided(delivery)

    async def close(self) -> UUID | None:
        """As the edge does it; gives the session that ends."""
        session = await self.conversations.close(self.scope, self.conversation_id)
        if session is None:
            return None
        await self.engine.close_session(session)
        return session.session_id

    async def session_workflow_id(self, number: int = 1) -> str:
        """Of the session with that number, which stands in the store."""
        found = await self.conversations.sessions(self.scope, self.conversation_id)
        [session_id] = [session.id for session in found if session.number == number]
        return ids.session_workflow_id(self.scope, session_id)

    async def answer(self, text: str, *, agent: Agent = DIRECT) -> TurnView:
        """Send, wait for the end, and give the turn as it is stored."""
        result = await self.send(text, agent=agent)
        await self.ended(result.turn_id)
        return await self.view(result.turn_id)

    async def view(self, turn_id: UUID) -> TurnView:
        view = await self.turns.view(self.scope, self.conversation_id, turn_id)
        assert view is not None
        return view

    async def whole_log(self) -> list[LoggedEvent]:
        """Every stored event, page by page."""
        events: list[LoggedEvent] = []
        while page := await self.stored.after(
            self.log, events[-1].id if events else START, None, 1_000
        ):
            events.extend(page)
        return events

    async def committed_step(self, turn_id: UUID) -> bool:
        """The turn's first answer is stored."""
        log = await self.whole_log()
        return any(e.turn_id == turn_id and e.event.kind == "text.completed" for e in log)

    async def stored_fold(self) -> Folded:
        return fold(await self.whole_log())


@asynccontextmanager
async def lab(
    stack: Stack,
    *,
    model: ChatModel | None = None,
    around: Callable[[ChatModel], ChatModel] | None = None,
    limits: Limits | None = None,
    chat_completions: bool = False,
    patience: timedelta | None = None,
    extractive: bool | None = None,
    context_tokens: int | None = None,
    workers: int = 1,
    answer: float | None = None,
    agents: Agents | None = None,
    tools: Toolset | None = None,
    fallback: str | None = None,
) -> AsyncIterator[Lab]:
    """Serve turns on a queue of their own.

    `around` wraps the real model's port; `patience` is how long the provider may say nothing;
    `extractive` says whether the model counts as one that writes no language; `answer` is after how
    many seconds a message that no worker takes goes by signal, as soon as the product's does where
    this starts none; `agents` are the organisation's, instead of those that ship; `tools` reach
    outside, instead of the deployment's; `fallback` is the model of agents that name none.
    """
    settings = settings_of(stack)
    chosen: dict[str, object] = {"context_tokens": context_tokens, "fallback": fallback}
    if chat_completions:
        chosen["provider"] = "chat"
    if patience is not None:
        chosen |= {"first_token": patience, "between_tokens": patience}
    settings = settings.model_copy(update={"model": settings.model.model_copy(update=chosen)})
    queue = f"turns-{uuid4()}"
    async with AsyncExitStack() as opened:
        client = await Client.connect(
            stack.temporal_address, data_converter=pydantic_data_converter
        )
        adapters = adapters_of(settings, client, opened)
        if answer is None:
            answer = PATIENCE if workers else ANSWER
        engine = TemporalEngine(client, turns_queue=queue, answer=answer)
        model = model or adapters.model
        adapters = replace(
            adapters,
            engine=engine,
            model=model if around is None else around(model),
            catalogue=agents or adapters.catalogue,
            toolset=tools or adapters.toolset,
            extractive=adapters.extractive if extractive is None else extractive,
        )
        database = Database(stack.database_url)
        opened.push_async_callback(database.close)
        redis = connect(stack.redis_url)
        opened.push_async_callback(redis.aclose)
        stored = PostgresStoredEvents(database)
        feed = RedisEventFeed(redis, stored)
        opened.push_async_callback(feed.close)
        scope = Scope(organisation_id=stack.organisation_id, space_id=stack.space_id)
        conversations = PostgresConversations(database)
        conversation_id = uuid4()
        await conversations.create(
            scope,
            stack.user_id,
            conversation_id=conversation_id,
            title=None,
            agent=DIRECT.name,
        )
        for _ in range(workers):
            await opened.enter_async_context(turns_worker(client, adapters, queue))
        yield Lab(
            client=client,
            adapters=adapters,
            engine=engine,
            feed=feed,
            flags=RedisEventLog(redis),
            conversations=conversations,
            turns=PostgresTurns(database),
            approvals=PostgresApprovals(database),
            stored=stored,
            database=database,
            database_url=stack.database_url,
            queue=queue,
            scope=scope,
            user_id=stack.user_id,
            conversation_id=conversation_id,
            limits=limits or Limits(idle_window=timedelta(hours=1)),
        )
