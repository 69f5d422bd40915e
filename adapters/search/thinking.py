"""Work that a transaction waits for."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from adapters.store.session import Session

Answer = TypeVar("Answer")

# The server ends a transaction that has said nothing for 3 s: its process may have stopped.
_PULSE: Final = 1.0  # seconds


async def thought(session: Session, work: Callable[[], Answer]) -> Answer:
    """In a thread, while the transaction says now and then that it is there. Seconds at most:
    locks are held meanwhile."""
    task = asyncio.create_task(asyncio.to_thread(work))
    try:
        while not (await asyncio.wait({task}, timeout=_PULSE))[0]:
            await session.fetch("SELECT 1")
        return task.result()
    finally:
        # A thread cannot be stopped: whoever gives up does not wait for it.
        task.cancel()
