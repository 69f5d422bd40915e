"""Wait on a condition."""

import asyncio
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]  # has no stubs

LIMIT = 30.0  # seconds: for a machine under load; a condition usually holds at once


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 other processes set no event of ours
            await asyncio.sleep(0.02)


def is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
