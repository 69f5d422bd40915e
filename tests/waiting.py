"""Waiting for what sets no event of ours: another process, another task, a row, a screen."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

PATIENCE = 60.0
"""Seconds. A machine may be busy with much else: what is late by less is no failure."""
SOONEST = 0.01
SELDOM = 0.05
"""Seconds between looks, at first and at last: a look may cost a server a query."""


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Ask until it holds.

    Raises `TimeoutError` after so many seconds.
    """
    pause = SOONEST
    async with asyncio.timeout(seconds):
        while not await _holds(condition):
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, SELDOM)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else bool(answer)
