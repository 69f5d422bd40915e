"""Tell Temporal that the work goes on, on a timer and not on progress."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from temporalio import activity

# The SDK thins these out to 80 % of the heartbeat timeout. The first comes late, so that
# an activity of a few milliseconds sends none: each one is a billed action.
INTERVAL_S = 1.0


@asynccontextmanager
async def heartbeating(details: Callable[[], tuple[int, ...]] = tuple) -> AsyncIterator[None]:
    """Heartbeat until the block ends; cancellation reaches the block through Temporal's answer.
    `details` is what the next attempt shall know."""
    beating = asyncio.create_task(_beat(details))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat(details: Callable[[], tuple[int, ...]]) -> None:
    while True:
        await asyncio.sleep(INTERVAL_S)
        activity.heartbeat(*details())
