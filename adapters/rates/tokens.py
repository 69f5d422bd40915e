"""Tokens that users' work has used, told to the counts that edges ask."""

import asyncio
from functools import partial
from typing import Final
from uuid import UUID

from redis.asyncio import Redis

from adapters.rates.outage import Outage
from adapters.rates.window import TOKENS, Counts

# Counts on their way; beyond that Redis is away, and what it would count is no use any more.
MOST: Final = 256


class RedisTokenRates:
    """Implements `domain.ports.rates.TokenRates`."""

    def __init__(self, redis: Redis) -> None:
        self._counts = Counts(redis)
        self._tasks: set[asyncio.Task[None]] = set()
        self._outage = Outage("rates.tokens_uncounted")

    def spent(self, organisation_id: UUID, user_id: UUID, tokens: int) -> None:
        if tokens <= 0 or len(self._tasks) >= MOST:
            return
        task = asyncio.create_task(self._add(organisation_id, user_id, tokens))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for those on their way."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _add(self, organisation_id: UUID, user_id: UUID, tokens: int) -> None:
        adding = partial(self._counts.add, organisation_id, user_id, TOKENS, tokens)
        await self._outage.unless_away(adding)
