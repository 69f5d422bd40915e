"""Places for streams, in a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from adapters.events.connection import command, connect
from adapters.rates.places import RedisStreamPlaces, _key
from local.stack import Stack
from models.errors import LimitError

ORGANISATION = uuid4()


@pytest.fixture
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    redis = connect(stack.redis_url)
    yield redis
    await redis.aclose()


async def leases(redis: Redis, user: UUID) -> list[bytes]:
    found: list[bytes] = await command(redis, "ZRANGE", _key(ORGANISATION, user), 0, -1)
    return found


async def test_a_user_has_so_many_places_over_all_edges(redis: Redis) -> None:
    here, there, user = RedisStreamPlaces(redis, 2), RedisStreamPlaces(redis, 2), uuid4()
    place = await here.take(ORGANISATION, user)
    await there.take(ORGANISATION, user)
    with pytest.raises(LimitError) as refused:
        await here.take(ORGANISATION, user)
    assert (refused.value.code, refused.value.retry_after) == ("too_many_streams", 10)
    await here.take(ORGANISATION, uuid4())
    await place.give_back()
    await place.give_back()
    await there.take(ORGANISATION, user)
    assert len(await leases(redis, user)) == 2
    await here.close()
    await there.close()


async def test_an_edge_that_dies_gives_its_places_back_and_one_that_lives_keeps_them(
    redis: Redis,
) -> None:
    alive = RedisStreamPlaces(redis, 2, lease=0.6, renewal=0.05)
    dead = RedisStreamPlaces(redis, 2, lease=0.6, renewal=60)
    user = uuid4()
    await alive.take(ORGANISATION, user)
    await dead.take(ORGANISATION, user)
    async with asyncio.timeout(10):
        while True:
            try:
                await alive.take(ORGANISATION, user)
                break
            except LimitError:
                await asyncio.sleep(0.05)
    with pytest.raises(LimitError):  # the dead one's is gone, and no other
        await alive.take(ORGANISATION, user)
    await alive.close()
    await dead.close()


async def test_a_redis_that_forgot_is_told_again(redis: Redis) -> None:
    places, user = RedisStreamPlaces(redis, 1, renewal=0.05), uuid4()
    await places.take(ORGANISATION, user)
    await redis.delete(_key(ORGANISATION, user))
    async with asyncio.timeout(10):
        while not await leases(redis, user):  # noqa: ASYNC110 - the renewal is another task
            await asyncio.sleep(0.01)
    await places.close()


async def test_without_redis_everybody_is_let_in() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    places = RedisStreamPlaces(redis, 1)
    user = uuid4()
    for place in [await places.take(ORGANISATION, user) for _ in range(3)]:
        await place.give_back()
    await places.close()
    await redis.aclose()
