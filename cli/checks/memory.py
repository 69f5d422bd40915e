"""Redis: reachable, set not to forget, and with room to write."""

from collections.abc import Mapping
from typing import Any

import redis.asyncio
from redis.exceptions import MovedError, RedisError, ResponseError

from cli.checks.finding import Addresses, CheckFailedError

SECONDS = 8.0
OLDEST = (6, 2)
# A key that is evicted under memory pressure takes a stop flag or a fence with it.
POLICY = "noeviction"
# Above it, a burst of long answers may fill the rest before anybody looks again.
FULL = 0.9
# Nothing of ours reads it; it goes by itself, since a full Redis still forgets what expires.
TRIAL = "hf:doctor"
TRIAL_SECONDS = 10
ROOM = (
    "Answers stream in coarse steps only until there is room: raise maxmemory, "
    "or see what fills it with redis-cli --bigkeys."
)


async def redis_server(where: Addresses) -> str:
    if not where.redis:
        raise CheckFailedError("no address is known", "`make run` starts one.")
    client = redis.asyncio.Redis.from_url(
        where.redis, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
    )
    try:
        info = await client.info()
        refusal = await _refusal(client)
    except RedisError as error:
        raise CheckFailedError(
            f"cannot be reached: {error}", "`make run` starts one; `holdfast dev up redis`."
        ) from error
    finally:
        await client.aclose()
    return _judged(info, refusal)


async def _refusal(client: redis.asyncio.Redis) -> str:
    """Why it takes no write; empty when it does."""
    try:
        await client.set(TRIAL, "", ex=TRIAL_SECONDS)
    except MovedError:
        return ""  # one node of a cluster; the key's slot is another's
    except ResponseError as error:
        return str(error)
    return ""


def _judged(info: Mapping[str, Any], refusal: str) -> str:
    number, policy = str(info["redis_version"]), str(info["maxmemory_policy"])
    used, most = int(info["used_memory"]), int(info["maxmemory"])
    filled = f"{info['used_memory_human']} of {info['maxmemory_human']}" if most else ""
    if tuple(map(int, number.split(".")[:2])) < OLDEST:
        raise CheckFailedError(number, "Holdfast needs Redis 6.2 or newer.")
    if refusal:
        full = bool(most) and used >= most
        raise CheckFailedError(
            f"{number} takes no writes: {refusal}{f' ({filled})' if filled else ''}",
            ROOM if full else "Is it a replica, or its disk full? Its own log says why.",
        )
    if policy != POLICY:
        raise CheckFailedError(
            f"{number}, maxmemory-policy {policy}",
            f"Set it: redis-cli CONFIG SET maxmemory-policy {POLICY}",
        )
    if most and used > most * FULL:
        raise CheckFailedError(f"{used / most:.0%} of its memory is used ({filled})", ROOM)
    return f"{number}, {filled or info['used_memory_human']} used, {policy}"
