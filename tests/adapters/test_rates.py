"""Rates in a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.events.connection import command, connect
from adapters.rates import outage
from adapters.rates.limits import RedisRates
from adapters.rates.tokens import RedisTokenRates
from adapters.rates.window import Counts
from domain.ports.identity import Caller
from domain.ports.rates import Kind, Standing
from domain.rates import TIERS, Tier
from local.stack import Stack

ORGANISATION = uuid4()
WORK, READ = Kind.WORK, Kind.READ


@pytest.fixture
async def redis(stack: Stack) -> AsyncIterator[Redis]:
    redis = connect(stack.redis_url)
    yield redis
    await redis.aclose()


def somebody(tier: str = "small", organisation: UUID = ORGANISATION) -> Caller:
    return Caller(uuid4(), organisation, {}, "t", tier=tier)


@pytest.fixture
def rates(redis: Redis) -> RedisRates:
    return RedisRates(redis, {**TIERS, "small": Tier(3, 100)}, "free")


async def asked(rates: RedisRates, caller: Caller, kind: Kind = WORK) -> Standing:
    standing = await rates.ask(caller, kind)
    assert standing is not None
    return standing


async def test_a_caller_has_so_many_requests_a_minute(rates: RedisRates) -> None:
    caller, another = somebody(), somebody()
    left = [(await asked(rates, caller)).remaining for _ in range(3)]
    assert left == [2, 1, 0]
    refused = await asked(rates, caller)
    assert (refused.limit, refused.remaining, refused.lacks) == (3, 0, "requests")
    assert 1 <= refused.wait <= refused.reset <= 120
    assert (await asked(rates, another)).remaining == 2
    # Reading has a count of its own.
    read = await asked(rates, caller, READ)
    assert (read.limit, read.remaining, read.wait) == (30, 29, 0)


async def test_requests_that_come_together_are_not_more(rates: RedisRates) -> None:
    caller = somebody()
    standings = await asyncio.gather(*(asked(rates, caller) for _ in range(50)))
    assert sum(not one.wait for one in standings) == 3


async def test_what_is_refused_costs_nothing(rates: RedisRates, redis: Redis) -> None:
    began, minute = b"", b"none"
    # Again, should the clock's minute have changed in between.
    while began != minute:
        caller = somebody()
        key = f"{{{ORGANISATION}:{caller.user_id}}}:rates"
        await asked(rates, caller)
        began = await command(redis, "HGET", key, "work:at")
        for _ in range(9):
            await asked(rates, caller)
        minute, count = await command(redis, "HMGET", key, "work:at", "work")
    assert count == b"3"
    assert 0 < await command(redis, "TTL", key) <= 120


async def test_a_tier_that_there_is_not_is_the_usual_one(rates: RedisRates) -> None:
    assert (await asked(rates, somebody(""))).limit == TIERS["free"].requests
    assert (await asked(rates, somebody("platinum"))).limit == TIERS["free"].requests


async def test_the_former_minute_counts_for_what_is_left_of_it(
    rates: RedisRates, redis: Redis
) -> None:
    caller = somebody("team")
    await asked(rates, caller)
    key = f"{{{ORGANISATION}:{caller.user_id}}}:rates"
    minute, standing = 0, None
    # Again, should the clock's minute have changed in between.
    while standing is None or int(await command(redis, "HGET", key, "work:at")) != minute:
        seconds, _ = await command(redis, "TIME")
        minute = int(seconds) // 60
        await command(redis, "HSET", key, "work:at", minute - 1, "work", 200)
        standing = await asked(rates, caller)
    left = 300 - 200 * (1 - int(seconds) % 60 / 60) - 1
    assert left - 1 <= standing.remaining <= left + 5
    await command(redis, "HSET", key, "work:at", minute - 2, "work", 200)
    assert (await asked(rates, caller)).remaining == 299


async def test_tokens_that_work_used_keep_more_of_it_from_beginning(
    rates: RedisRates, redis: Redis
) -> None:
    caller, tokens = somebody(), RedisTokenRates(redis)
    assert not (await asked(rates, caller)).wait
    tokens.spent(ORGANISATION, caller.user_id, 250)  # more than the minute's: it ran all the same
    await tokens.close()
    refused = await asked(rates, caller)
    assert (refused.lacks, refused.remaining) == ("tokens", 2)
    assert 1 <= refused.wait <= 120
    assert not (await asked(rates, caller, READ)).wait
    assert not (await asked(rates, somebody())).wait


async def test_without_redis_everybody_is_let_through_and_nobody_waits_for_it_twice() -> None:
    redis = connect("redis://127.0.0.1:1/0")
    rates, tokens, caller = RedisRates(redis, TIERS, "free"), RedisTokenRates(redis), somebody()
    assert [await rates.ask(caller, WORK) for _ in range(1_000)] == [None] * 1_000
    for _ in range(1_000):
        tokens.spent(ORGANISATION, caller.user_id, 10)
    await tokens.close()
    await redis.aclose()


async def test_a_redis_that_forgot_its_scripts_is_told_them_again(
    rates: RedisRates, redis: Redis
) -> None:
    await asked(rates, somebody())
    await command(redis, "SCRIPT", "FLUSH")
    assert (await asked(rates, somebody())).remaining == 2
    await Counts(redis).add(ORGANISATION, uuid4(), "work", 1)


async def test_while_redis_is_away_one_at_a_time_asks_whether_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outage, "PAUSE", 0.0)
    asked, answers = 0, asyncio.Event()

    async def stalls() -> str:
        nonlocal asked
        asked += 1
        await answers.wait()
        raise ConnectionError

    async def works() -> str:
        return "back"

    kept = outage.Outage("test")
    with capture_logs() as lines:
        asking = [asyncio.create_task(kept.unless_away(stalls)) for _ in range(5)]
        await asyncio.sleep(0)
        answers.set()
        together = await asyncio.gather(*asking)
        assert (together, asked, len(lines)) == ([None] * 5, 5, 1)
        answers.clear()
        probe = asyncio.create_task(kept.unless_away(stalls))
        await asyncio.sleep(0)
        assert await kept.unless_away(works) is None  # it does not wait for the one that asks
        answers.set()
        assert await probe is None
        assert (asked, len(lines)) == (6, 2)
    assert await kept.unless_away(works) == "back"
    assert await asyncio.gather(*(kept.unless_away(works) for _ in range(3))) == ["back"] * 3
