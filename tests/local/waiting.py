"""Wait on a condition."""

import asyncio
from collections.abc import Callable

LIMIT = 30.0  # seconds: for a machine under load; a condition usually holds at once


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 other processes set no event of ours
            await asyncio.sleep(0.02)
