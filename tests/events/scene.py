"""A conversation's log under test: short words for its writers, readers and store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid4, uuid5

from redis.asyncio import Redis

from adapters.events.connection import LogNames, command
from adapters.events.feed import RedisEventFeed
from adapters.events.log import RedisEventLog
from domain import wire
from domain.ports.events import LogWriter, WriterKey
from models.payloads.events import EventId, LoggedEvent, TextDelta, TurnStarted
from models.payloads.scope import LogKey, Scope
from tests.waiting import PATIENCE


def a_log() -> LogKey:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    return LogKey(scope=scope, conversation_id=uuid4())


T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T]], wanted: Callable[[T], bool]) -> T:
    """Ask until the answer is as wanted."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(answer := await ask()):  # noqa: ASYNC110  # no event of ours tells
            await asyncio.sleep(0.01)
    return answer


def delta(text: str, step: int = 1) -> TextDelta:
    return TextDelta(step=step, text=text)


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


@dataclass
class Store:
    """The stored log in memory: fills the StoredEvents port."""

    events: dict[EventId, LoggedEvent] = field(default_factory=dict)
    asked: int = 0

    def commit(self, *events: LoggedEvent) -> None:
        for event in events:
            assert self.events.get(event.id, event) == event, "two events under one id"
            self.events[event.id] = event

    async def after(
        self, log: LogKey, after: EventId, before: EventId | None, limit: int
    ) -> Sequence[LoggedEvent]:
        self.asked += 1
        ids = sorted(i for i in self.events if i > after and (before is None or i < before))
        return [self.events[i] for i in ids[:limit]]

    def floor(self, turn: int) -> int:
        return max((i.sequence for i in self.events if i.turn == turn), default=0)


@dataclass
class Scene:
    redis: Redis
    log: RedisEventLog
    feed: RedisEventFeed
    key: LogKey
    store: Store

    @property
    def names(self) -> LogNames:
        return LogNames(self.key)

    def turn_id(self, number: int) -> UUID:
        return uuid5(self.key.conversation_id, str(number))

    def writer_key(
        self, number: int = 1, step: int = 1, activity: str = "think", attempt: int = 1
    ) -> WriterKey:
        return WriterKey(
            log=self.key,
            turn_id=self.turn_id(number),
            number=number,
            step=step,
            activity=activity,
            attempt=attempt,
            floor=self.store.floor(number),
        )

    def writing(
        self,
        number: int = 1,
        step: int = 1,
        activity: str = "think",
        attempt: int = 1,
        is_current: Callable[[], Awaitable[bool]] = yes,
    ) -> AbstractAsyncContextManager[LogWriter]:
        return self.log.writing(self.writer_key(number, step, activity, attempt), is_current)

    async def live(self) -> list[LoggedEvent]:
        """Give what the stream holds."""
        reply = await command(self.redis, "XRANGE", self.names.stream, "-", "+")
        return [wire.decode(fields[b"d"]) for _, fields in reply]

    async def live_ids(self) -> list[str]:
        return [str(event.id) for event in await self.live()]

    def opened(self, number: int) -> LoggedEvent:
        """Store the opening event of a turn, as its claim does."""
        event = LoggedEvent(
            id=EventId(number, 1),
            at=wire.now(),
            turn_id=self.turn_id(number),
            event=TurnStarted(message_id=uuid4(), agent="assistant", text="Hello?"),
        )
        self.store.commit(event)
        return event


@asynccontextmanager
async def a_scene(redis: Redis) -> AsyncIterator[Scene]:
    store = Store()
    feed = RedisEventFeed(redis, store)
    yield Scene(redis, RedisEventLog(redis), feed, a_log(), store)
    await feed.close()
