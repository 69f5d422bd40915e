"""Files in memory, coming or going: so many at once, and none for ever."""

import asyncio
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from models.errors import UnavailableError

_RETRY_AFTER: Final = 5.0
_PIECE: Final = 64 * 1024

log = structlog.get_logger(__name__)


class Bulk:
    """The places of an edge."""

    def __init__(self, places: int, seconds: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._seconds = seconds

    async def take(self) -> None:
        """UnavailableError("files_waiting") when none gets free in time."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._places.acquire()
        except TimeoutError:
            raise UnavailableError(
                "Too many files come and go at once.",
                code="files_waiting",
                retryable=True,
                retry_after=_RETRY_AFTER,
            ) from None

    def give_back(self) -> None:
        self._places.release()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        await self.take()
        try:
            yield
        finally:
            self.give_back()


class Download(Response):
    """A file in pieces, each of which its reader must take in time. It gives back the place that
    its bytes hold."""

    media_type = "application/octet-stream"

    def __init__(self, data: bytes, bulk: Bulk, slow: float, headers: dict[str, str]) -> None:
        super().__init__(data, headers=headers)
        # Also when nobody ever sends it.
        self._give_back = weakref.finalize(self, bulk.give_back)
        self._slow = slow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            await self._send(send)
        except TimeoutError:
            # Returning without an end makes the server hang up.
            log.info("download.slow", bytes=len(self.body))
        finally:
            self._give_back()

    async def _send(self, send: Send) -> None:
        body = memoryview(self.body)
        for start in range(0, len(body), _PIECE):
            piece = bytes(body[start : start + _PIECE])
            async with asyncio.timeout(self._slow):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
