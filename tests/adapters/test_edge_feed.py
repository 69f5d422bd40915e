"""Where a log ends, and how it is forgotten, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.events.connection import connect
from adapters.events.edge import EdgeEventFeed
from adapters.events.log import RedisEventLog
from models.errors import UnavailableError
from models.payloads.events import START, ConversationTitled, EventId, LoggedEvent
from models.payloads.scope import LogKey, Scope
from tests.events.server import RedisServer


class Stored:
    """Postgres, as the feed sees it: some events."""

    def __init__(self, *events: LoggedEvent) -> None:
        self.events = events

    async def after(
        self, log: LogKey, after: EventId, before: EventId | None, limit: int
    ) -> Sequence[LoggedEvent]:
        return [event for event in self.events if event.id > after][:limit]

    async def newest(self, log: LogKey) -> EventId:
        return max((event.id for event in self.events), default=START)


def titled(turn: int) -> LoggedEvent:
    event = ConversationTitled(title=str(turn))
    return LoggedEvent(id=EventId(turn, 1), at=datetime.now(UTC), event=event)


def a_log() -> LogKey:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    return LogKey(scope=scope, conversation_id=uuid4())


@pytest.fixture(scope="module")
async def redis() -> AsyncIterator[Redis]:
    server = RedisServer()
    server.start()
    client = connect(server.url)
    try:
        yield client
    finally:
        await client.aclose()
        server.remove()


async def test_a_live_log_tells_its_end_and_an_empty_one_asks_the_store(redis: Redis) -> None:
    log, stored = a_log(), Stored(titled(1))
    feed = EdgeEventFeed(redis, stored, stored)
    try:
        assert await feed.newest(log) == EventId(1, 1)
        await RedisEventLog(redis).announce(log, [titled(2), titled(3)])
        assert await feed.newest(log) == EventId(3, 1)
        await redis.flushall()
        assert await feed.newest(log) == EventId(1, 1)
        assert await EdgeEventFeed(redis, Stored(), Stored()).newest(log) == START
    finally:
        await feed.close()


async def test_a_forgotten_log_shows_nothing_and_goes_on(redis: Redis) -> None:
    log, other = a_log(), a_log()
    feed = EdgeEventFeed(redis, Stored(), Stored())

    async def idle() -> bool:
        return True

    async def read(key: LogKey) -> list[EventId]:
        return [event.id async for event in feed.follow(key, START, idle=idle)]

    try:
        for key in (log, other):
            await RedisEventLog(redis).announce(key, [titled(1)])
        await feed.forget(log)
        assert await read(log) == []
        assert await read(other) == [EventId(1, 1)]
        await RedisEventLog(redis).announce(log, [titled(2)])
        assert await read(log) == [EventId(2, 1)]
    finally:
        await feed.close()


async def test_readers_of_an_erased_log_end(redis: Redis) -> None:
    log, stored = a_log(), Stored()
    feed = EdgeEventFeed(redis, stored, stored)
    try:
        await RedisEventLog(redis).announce(log, [titled(1)])
        reading = feed.follow(log, START)
        other = feed.follow(a_log(), START)
        staying = asyncio.ensure_future(anext(other))
        assert (await anext(reading)).id == EventId(1, 1)
        rest = asyncio.ensure_future(anext(reading, None))
        await feed.forget(log)
        assert await asyncio.wait_for(rest, 10) is None
        assert not staying.done()
        staying.cancel()
    finally:
        await feed.close()


async def test_without_redis_the_store_knows_the_end_and_nothing_is_forgotten() -> None:
    client, stored = connect("redis://127.0.0.1:9/0"), Stored(titled(4))
    feed = EdgeEventFeed(client, stored, stored)
    try:
        assert await feed.newest(a_log()) == EventId(4, 1)
        with pytest.raises(UnavailableError):
            await feed.forget(a_log())
    finally:
        await feed.close()
        await client.aclose()
