"""Rates by tier, counted in Redis; without it everybody is let through."""

from collections.abc import Mapping
from functools import partial

from redis.asyncio import Redis

from adapters.rates.outage import Outage
from adapters.rates.window import Counts
from domain.ports.identity import Caller
from domain.ports.rates import Kind, Standing
from domain.rates import READS, Tier, Window


class RedisRates:
    """Implements `domain.ports.rates.Rates`."""

    def __init__(self, redis: Redis, tiers: Mapping[str, Tier], usual: str) -> None:
        """`usual`: the tier of callers who name none that there is."""
        self._counts = Counts(redis)
        self._tiers = tiers
        self._usual = tiers[usual]
        self._outage = Outage("rates.uncounted")

    async def ask(self, caller: Caller, kind: Kind) -> Standing | None:
        tier = self._tiers.get(caller.tier, self._usual)
        begins = kind is Kind.WORK
        limit = tier.requests if begins else tier.requests * READS
        counting = partial(
            self._counts.add,
            *(caller.organisation_id, caller.user_id, kind.value, 1),
            limit=limit,
            tokens=tier.tokens if begins else 0,
        )
        counted = await self._outage.unless_away(counting)
        if counted is None:
            return None
        lacks, passed, counts = counted
        own = Window(counts[0], counts[1], passed)
        left, reset = own.left(limit), own.reset
        if lacks == 1:
            return Standing(limit, 0, reset, own.wait(limit))
        if lacks:
            spent = Window(counts[2], counts[3], passed)
            return Standing(limit, left, reset, spent.wait(tier.tokens), "tokens")
        return Standing(limit, left, reset)
