"""Tell that something long is still going on."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Say = Callable[[str], None]
EVERY = 10.0  # seconds


@asynccontextmanager
async def told(what: str, say: Say) -> AsyncIterator[None]:
    """Say `what` and how long it has taken, every ten seconds, until left."""
    started = time.monotonic()

    async def tell() -> None:
        while True:
            await asyncio.sleep(EVERY)
            say(f"{what}: {time.monotonic() - started:.0f} s")

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
