"""What it costs to count a request before it is let in: one trip to Redis, and its CPU."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from adapters.events.connection import connect
from adapters.rates.limits import RedisRates
from bench.place import Place
from bench.plan import Plan
from bench.results import Results
from domain.ports.identity import Caller
from domain.ports.rates import Kind
from domain.rates import Tier

OURS = "holdfast"
AT_ONCE = 16
# Nobody is refused: that would be a shorter way.
ROOM = 10_000_000
# Connections and scripts of the first are not the others' own.
FIRST = 50
Ask = Callable[[], Awaitable[object]]


async def measure(place: Place, plan: Plan, results: Results) -> None:
    redis = connect(place.stack.redis_url)
    tier = Tier(requests=ROOM, tokens=ROOM)
    rates = RedisRates(redis, {"bench": tier}, "bench")
    caller = Caller(uuid4(), uuid4(), {}, "bench")

    async def ask() -> None:
        await rates.ask(caller, Kind.WORK)

    try:
        await _at_once(ask, FIRST)
        for _ in range(plan.rounds):
            began = time.process_time()
            took = [await _timed(ask) for _ in range(plan.counted)]
            spent = (time.process_time() - began) / plan.counted * 1_000
            results.add("a request counted, one after another", OURS, "ms", took)
            results.add("a request counted, CPU of who asks", OURS, "ms", [spent])
            took = await _at_once(ask, plan.counted)
            results.add(f"a request counted, {AT_ONCE} at once", OURS, "ms", took)
    finally:
        await redis.aclose()


async def _timed(ask: Ask) -> float:
    began = time.perf_counter()
    await ask()
    return (time.perf_counter() - began) * 1_000


async def _at_once(ask: Ask, count: int) -> list[float]:
    took: list[float] = []

    async def some() -> None:
        while len(took) < count:
            took.append(await _timed(ask))

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return took
