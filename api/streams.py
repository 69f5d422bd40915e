"""Around the application: streams are opened in line, and run outside what opened them."""

import asyncio
import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from api.pulse import Pulse
from api.streaming import STREAM, Stream

# Streams that are opened at once. Each asks Postgres once or twice: while thousands come back
# together, the pool stays free for everybody else, who waits behind so many at most.
OPENINGS: Final = 16
# Those that may stand in line: a minute's worth. Further ones are sent away.
LINE: Final = 20_000
RETRY_AFTER: Final = "10"  # seconds
_PATH_END: Final = "/events"
# What a server may look at again.
_ASGI: Final = frozenset(
    {"type", "asgi", "http_version", "server", "client", "scheme", "method", "root_path", "path",
     "raw_path", "query_string", "headers", "state", "extensions"}
)  # fmt: skip

log = structlog.get_logger(__name__)


class Streams:
    """All of an edge."""

    def __init__(self) -> None:
        self._pulse = Pulse()
        self._openings = asyncio.Semaphore(OPENINGS)
        self._in_line = 0

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, then run the stream that it may have left in the scope."""
        try:
            if scope["method"] == "GET" and scope["path"].endswith(_PATH_END):
                await self._open(app, scope, receive, send)
            else:
                await app(scope, receive, send)
        except BaseException:
            if STREAM in scope:
                await scope[STREAM].aclose()
            raise
        stream: Stream | None = scope.get(STREAM)
        if stream is not None:
            structlog.contextvars.bind_contextvars(request_id=scope["state"]["request_id"])
            _strip(scope)
            await self._run(stream, receive, send)

    async def _open(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        if self._in_line >= LINE:
            detail = "Too many readers come at once."
            refused = problem("", status=503, code="readers_waiting", detail=detail)
            refused.headers["retry-after"] = RETRY_AFTER
            await refused(scope, receive, send)
            return
        self._in_line += 1
        try:
            await self._openings.acquire()
        finally:
            self._in_line -= 1
        try:
            await app(scope, receive, send)
        finally:
            self._openings.release()

    async def _run(self, stream: Stream, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        try:
            await stream.run(receive, send, self._pulse)
        except Exception:  # the last place that can still say so; the server hangs up
            log.exception("stream.failed")
        finally:
            log.info("stream.ended", seconds=round(time.monotonic() - began, 1), slow=stream.slow)


def _strip(scope: Scope) -> None:
    """The server keeps the scope as long as the stream lives: it shall not hold what routing put
    there, nor the caller's token."""
    for name in scope.keys() - _ASGI:
        del scope[name]
    if isinstance(scope["headers"], list):
        scope["headers"].clear()
