"""Work that comes round for as long as the worker lives."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

_log = structlog.get_logger(__name__)


async def rounds(once: Callable[[], Awaitable[None]], trouble: str, interval_s: float) -> None:
    """Call it about every so many seconds until cancelled. A round that fails is logged as
    `trouble`: whatever it was, the next one comes."""
    while True:
        await asyncio.sleep(interval_s * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, not a secret
        try:
            await once()
        except Exception:  # noqa: BLE001 -- as said above
            _log.warning(trouble, exc_info=True)
