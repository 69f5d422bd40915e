"""Let a stop reach work without tearing it apart."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from temporalio import activity

from activities.failures import handed_over

Result = TypeVar("Result")


async def stoppable(work: Coroutine[Any, Any, Result], stop: Callable[[], None]) -> Result:
    """Run the work in a task of its own. A cancel that somebody asked for calls `stop`, and the
    work ends in its own way, storing what it has. A worker's shutdown, or an outage of Temporal
    longer than the heartbeat timeout, ends this attempt; another takes over."""
    task = asyncio.create_task(work)
    while True:
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            if _asked_for():
                stop()
                continue
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise handed_over() from None


def _asked_for() -> bool:
    details = activity.cancellation_details()
    return details is not None and details.cancel_requested
