"""Around the application: streams are opened in line, and run outside what opened them."""

import asyncio
import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from api import rates
from api.problems import problem
from api.pulse import Pulse
from api.socket.session import Session
from api.streaming import STREAM, Stream

# Streams that are opened at once. Each asks Postgres once or twice: while thousands come back
# together, the pool stays free for everybody else, who waits behind so many at most.
OPENINGS: Final = 16
# Those that may stand in line: a minute's worth. Further ones are sent away.
LINE: Final = 20_000
RETRY_AFTER: Final = "10"  # seconds
# Where the route of sockets leaves one for whoever called the application.
SOCKET: Final = "holdfast.socket"
_PATH_ENDS: Final = ("/events", "/stream")
# They stream when their query says so.
_PATH_BEGIN: Final = "/v1/openai/responses/"
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
            if scope["method"] == "GET" and _may_stream(scope["path"]):
                await self._open(app, scope, receive, send)
            else:
                await app(scope, receive, send)
        except BaseException:
            if STREAM in scope:
                await scope[STREAM].aclose()
            await rates.let_go(scope.get("state", {}))
            raise
        stream: Stream | None = scope.get(STREAM)
        try:
            if stream is not None:
                structlog.contextvars.bind_contextvars(request_id=scope["state"]["request_id"])
                _strip(scope)
                await self._run(stream, receive, send)
        finally:
            await rates.let_go(scope.get("state", {}))

    async def serve_socket(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, then run the session that it may have left in the scope."""
        await app(scope, receive, send)
        session: Session | None = scope.get(SOCKET)
        if session is None:
            return
        structlog.contextvars.bind_contextvars(request_id=scope["state"]["request_id"])
        _strip(scope)
        began, code = time.monotonic(), None
        try:
            code = await session.run(receive, send, self._pulse, self._openings)
        finally:
            log.info("socket.ended", seconds=round(time.monotonic() - began, 1), code=code)

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


def _may_stream(path: str) -> bool:
    return path.endswith(_PATH_ENDS) or path.startswith(_PATH_BEGIN)


def _strip(scope: Scope) -> None:
    """The server keeps the scope as long as the stream lives: it shall not hold what routing put
    there, nor the caller's token."""
    for name in scope.keys() - _ASGI:
        del scope[name]
    if isinstance(scope["headers"], list):
        scope["headers"].clear()
