"""A Redis that is away: one asks from time to time whether it is back, and nobody else waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from adapters.events.connection import AWAY

# Between two that ask. One that stalls holds up whoever asks for a second: two tries of half a one.
PAUSE: Final = 1.0

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Outage:
    def __init__(self, name: str) -> None:
        """`name`: of the line that says so."""
        self._name = name
        self._away = self._asked = False
        self._until = 0.0

    async def unless_away(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """What is asked of Redis; None while it is away."""
        loop, before = asyncio.get_running_loop(), self._away
        if before and (self._asked or loop.time() < self._until):
            return None
        self._asked = before
        try:
            answer = await call()
        except AWAY as error:
            if before or not self._away:  # of those that found out together, one says so
                log.warning(self._name, error=type(error).__name__)
            self._away, self._until = True, loop.time() + PAUSE
            return None
        finally:
            if before:
                self._asked = False
        self._away = False
        return answer
