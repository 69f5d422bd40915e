"""One Redis for the folder, and fresh ones for tests that break theirs."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from adapters.events.connection import connect
from tests.events.scene import Scene, a_scene
from tests.events.server import RedisServer


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    client = connect(server.url)
    yield client
    await client.aclose()


@pytest.fixture
async def scene(redis: Redis) -> AsyncIterator[Scene]:
    async with a_scene(redis) as scene:
        yield scene


@pytest.fixture
async def own_scene(own_server: RedisServer) -> AsyncIterator[Scene]:
    client = connect(own_server.url)
    async with a_scene(client) as scene:
        yield scene
    await client.aclose()
