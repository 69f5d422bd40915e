"""A lean streaming response: a quiet reader costs one task, one timer and its iterator."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.dialects import native
from api.metrics import Metrics

# Readers that were cut together come back spread over this many milliseconds.
RETRY_MS: Final = (300, 1_500)

HEADERS: Final = {
    "cache-control": "no-store, no-transform",
    # nginx would collect the answer before it sends it on.
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}


class Frames(Protocol):
    """What is sent; closing it gives back what it holds, also when nothing was asked of it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class _SlowReaderError(Exception):
    """One write was blocked for too long: the reader takes nothing."""


class EventStream(Response):
    """Sends frames as they come, comments while nothing comes, and stops with its reader."""

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: Frames,
        *,
        metrics: Metrics,
        ping: float,
        slow_write: float,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=200, headers={**HEADERS, **(headers or {})})
        del self.headers["content-length"]
        self._frames = frames
        self._metrics = metrics
        self._ping = ping
        self._slow_write = slow_write
        self._writing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            await self._stream(receive, send)
        finally:
            await self._frames.aclose()

    async def _stream(self, receive: Receive, send: Send) -> None:
        pump = asyncio.create_task(self._pump(send))
        self._metrics.open_streams.inc()
        try:
            await self._watch(pump, receive, send)
        finally:
            self._metrics.open_streams.dec()
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    async def _pump(self, send: Send) -> None:
        """Pass frames on; a reader that blocks one write for too long is dropped."""
        try:
            retry = random.randint(*RETRY_MS)  # noqa: S311 - spread, not secrecy
            await self._write(send, native.retry(retry))
            async for frame in self._frames:
                await self._write(send, frame)
                self._metrics.events_sent.inc()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except _SlowReaderError:
            self._metrics.slow_readers.inc()

    async def _write(self, send: Send, frame: bytes) -> None:
        self._writing = True
        try:
            async with asyncio.timeout(self._slow_write):
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        except TimeoutError:
            raise _SlowReaderError from None
        self._writing = False

    async def _watch(self, pump: asyncio.Task[None], receive: Receive, send: Send) -> None:
        """Wait for the reader to leave or the frames to end, with a comment now and then."""
        while not pump.done():
            try:
                async with asyncio.timeout(self._ping) as limit:

                    def hurry(_: object, limit: asyncio.Timeout = limit) -> None:
                        with suppress(RuntimeError):  # it is over already
                            limit.reschedule(0)

                    pump.add_done_callback(hurry)
                    try:
                        if (await receive())["type"] == "http.disconnect":
                            return
                    finally:
                        pump.remove_done_callback(hurry)
            except TimeoutError:
                if not pump.done() and not self._writing and not await self._pinged(send):
                    return
        await pump

    async def _pinged(self, send: Send) -> bool:
        """False when the reader takes not even a comment."""
        try:
            await self._write(send, native.PING)
        except _SlowReaderError:
            self._metrics.slow_readers.inc()
            return False
        return True
