"""What a first turn would wait for, opened before there is one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

# Connections take milliseconds; what is away stays cold, and is nobody's reason to wait.
SECONDS: Final = 2.0

log = structlog.get_logger(__name__)


async def warm(parts: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
    """Call all at once, each for two seconds at most; failures are told, and nothing else."""
    await asyncio.gather(*(_warm(name, part) for name, part in parts.items()))


async def _warm(name: str, part: Callable[[], Awaitable[None]]) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            await part()
    except Exception as error:  # noqa: BLE001 - whoever needs it says what is wrong with it
        log.info("start.cold", part=name, error=type(error).__name__)
