"""A lean streaming response: a quiet reader costs two small tasks and what the server keeps."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.connection import Connection
from api.dialects import native
from api.metrics import Metrics
from api.pulse import Pulse

# Where a response leaves its stream for whoever called the application.
STREAM: Final = "holdfast.stream"

# Readers that were cut together come back spread over this many milliseconds, and over one more
# for each stream that an edge holds: it opens some 400 a second.
RETRY_MS: Final = (250, 1_000)
LONGEST_RETRY_MS: Final = 10_000

HEADERS: Final = {
    "cache-control": "no-store, no-transform",
    # nginx would collect the answer before it sends it on.
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}

# Until the server has noticed that a reader was cut off.
_CUT_SECONDS: Final = 1.0


class Frames(Protocol):
    """What is sent; closing it gives back what it holds, also when nothing was asked of it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class EventStream(Response):
    """Sends the head alone, and leaves its stream in the scope: what dependencies, routing and
    middleware hold is given back before the first frame (17 of 31 KB)."""

    media_type = "text/event-stream"

    def __init__(
        self,
        frames: Frames,
        *,
        metrics: Metrics,
        ping: float,
        slow_write: float,
        headers: dict[str, str] | None = None,
        retries: bool = True,
    ) -> None:
        """`retries` says that its readers are told when to come back: OpenAI's take a line without
        data for a broken event."""
        super().__init__(status_code=200, headers={**HEADERS, **(headers or {})})
        del self.headers["content-length"]
        self._stream = Stream(frames, metrics, ping, slow_write, retries=retries)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        try:
            await send(start)
        except BaseException:
            await self._stream.aclose()
            raise
        scope[STREAM] = self._stream


class Stream:
    """Sends frames as they come, comments while nothing comes, and stops with its reader."""

    __slots__ = (
        "_frames", "_limit", "_metrics", "_ping", "_pinging", "_pulse", "_retries", "_send",
        "_since", "_slow_write", "_writes", "patience", "slow",
    )  # fmt: skip

    def __init__(
        self,
        frames: Frames,
        metrics: Metrics,
        ping: float,
        slow_write: float,
        *,
        retries: bool = True,
    ) -> None:
        self._retries = retries
        self.patience = min(ping, slow_write)
        self._frames, self._metrics = frames, metrics
        self._ping, self._slow_write = ping, slow_write
        self.slow = False
        self._writes = 0
        """Under way: the frame's, and perhaps a comment's that found the reader blocked."""
        self._since = 0.0
        """When the last write ended; while one is under way, when that began."""
        self._pinging: asyncio.Task[None] | None = None

    async def aclose(self) -> None:
        """Give back what the frames hold."""
        await self._frames.aclose()

    async def run(self, receive: Receive, send: Send, pulse: Pulse) -> None:
        """Until the frames end, the reader leaves, or it blocks one write for too long."""
        self._send, self._pulse = send, pulse
        self._limit = asyncio.timeout(None)
        connection = Connection(send)
        connection.bound()
        leaving = asyncio.create_task(_left(receive))
        leaving.add_done_callback(self._end)
        pulse.add(self)
        self._since = pulse.now
        self._metrics.open_streams.inc()
        try:
            async with self._limit:
                await self._pump(_retry(len(pulse)))
        except TimeoutError:
            if not self._limit.expired():
                raise
        finally:
            self._metrics.open_streams.dec()
            pulse.discard(self)
            leaving.remove_done_callback(self._end)
            await self._release(connection, leaving)

    async def _pump(self, retry: int) -> None:
        if self._retries:
            await self._write(native.retry(retry))
        async for frame in self._frames:
            await self._write(frame)
            self._metrics.events_sent.inc()
            del frame  # not held while nothing comes
        await self._write(b"", more=False)

    async def _write(self, frame: bytes, *, more: bool = True) -> None:
        if not self._writes:
            self._since = self._pulse.now
        self._writes += 1
        try:
            await self._send({"type": "http.response.body", "body": frame, "more_body": more})
        finally:
            self._writes -= 1
            self._since = self._pulse.now

    def tick(self, now: float) -> None:
        """Comment on a silence; end a write that its reader blocks."""
        waited = now - self._since
        if self._writes:
            if waited >= self._slow_write and not self.slow:
                self.slow = True
                self._metrics.slow_readers.inc()
                self._end()
        elif waited >= self._ping:
            self._pinging = asyncio.create_task(self._write(native.PING))
            self._pinging.add_done_callback(self._pinged)

    def _pinged(self, ping: asyncio.Task[None]) -> None:
        self._pinging = None
        if not ping.cancelled() and ping.exception() is not None:
            self._end()

    def _end(self, _: object = None) -> None:
        with suppress(RuntimeError):  # it is over already
            self._limit.reschedule(0)

    async def _release(self, connection: Connection, leaving: asyncio.Task[None]) -> None:
        try:
            if self.slow and connection.cut():
                await asyncio.wait({leaving}, timeout=_CUT_SECONDS)
        finally:
            if self._pinging is not None:
                self._pinging.cancel()
            if not leaving.cancel() and not leaving.cancelled():
                leaving.exception()  # a server's way to say that nobody reads any more
            await self.aclose()


async def _left(receive: Receive) -> None:
    """Return when the reader has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _retry(streams: int) -> int:
    least, most = RETRY_MS
    most = min(most + streams, LONGEST_RETRY_MS)
    return random.randint(least, most)  # noqa: S311 - spread, not secrecy
