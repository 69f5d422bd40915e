"""What is opened before the first turn, and what is away."""

from collections import Counter

from redis.asyncio import Redis

from adapters.events.log import RedisEventLog
from adapters.store.database import WARM, Database
from adapters.store.transcript import USUAL
from adapters.warming import warm
from local.stack import Stack

CONNECTIONS = "SELECT count(*) AS open FROM pg_stat_activity WHERE application_name = 'holdfast'"


async def test_what_is_away_keeps_nothing_else_cold() -> None:
    done: Counter[str] = Counter()

    async def fine() -> None:
        done["fine"] += 1

    async def away() -> None:
        raise ConnectionRefusedError

    await warm({"away": away, "fine": fine})

    assert done == {"fine": 1}


async def test_a_warm_log_needs_no_script_sent(stack: Stack) -> None:
    async with Redis.from_url(stack.redis_url) as redis:
        await redis.script_flush()
        await RedisEventLog(redis).warm()

        assert (await redis.info("memory"))["number_of_cached_scripts"] == 1


async def test_a_warm_database_has_connections_for_a_few_turns(stack: Stack) -> None:
    database = Database(stack.database_url)
    try:
        await database.warm(USUAL)

        async with database.transaction(None) as session:
            [row] = await session.fetch(CONNECTIONS)
        assert row["open"] >= WARM
    finally:
        await database.close()
