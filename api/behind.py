"""Work that goes on behind an answer that cannot wait."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from models.errors import LimitError

Result = TypeVar("Result")

# Each holds a connection of the database for milliseconds; more of them at once are a flood.
MOST: Final = 64


class Behind:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._tasks: set[asyncio.Task[Any]] = set()

    async def within(
        self, seconds: float, work: Coroutine[Any, Any, Result]
    ) -> "asyncio.Task[Result]":
        """Begin it and wait so long; it goes on when that was not enough, and when the caller
        leaves. LimitError("slack_crowded")."""
        if len(self._tasks) >= self._most:
            work.close()
            raise LimitError("Too much is sent at once.", code="slack_crowded", retry_after=1.0)
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task}, timeout=seconds)
        return task
