"""Around every request: its id, its size, its headers, its count, and faults of ours."""

import asyncio
import re
import time
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import rates
from api.metrics import Metrics
from api.ports import Limits
from api.problems import NamedHTTPError, internal, problem

REQUEST_ID: Final = "x-request-id"
_SAFE: Final = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
_SECURITY: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}
# The API's answers are data, never pages; its documentation is one and has its own rules.
_NO_CONTENT_RUNS: Final = "default-src 'none'; frame-ancestors 'none'"
# Room for the boundaries and fields around an uploaded file.
_MULTIPART_ROOM: Final = 64 * 1024
_UPLOAD: Final = re.compile(r"/v1/documents(?:/[^/]*)?/?")
_SEARCH: Final = re.compile(r"/v1/search/?")
_PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})

log = structlog.get_logger(__name__)


class Envelope:
    """Plain ASGI: Starlette's BaseHTTPMiddleware costs two tasks and a queue per stream."""

    def __init__(self, app: ASGIApp, *, limits: Limits, metrics: Metrics) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["type"] == "websocket":  # what it says is bounded and counted where it is heard
            await self._app(scope, receive, send)
            return
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answer = _Answer(scope, send, request_id, self._metrics)
        try:
            await self._answer(scope, headers, request_id, receive, answer)
        except ClientDisconnect:
            log.info("request.broken_off", route=answer.route)  # nobody is left to be told
        except Exception:  # the last place that can still answer
            log.exception("request.failed", route=answer.route)
            if not answer.started:
                await internal(request_id)(scope, receive, answer)
        finally:
            answer.log()
            structlog.contextvars.unbind_contextvars("request_id")

    async def _answer(
        self, scope: Scope, headers: Headers, request_id: str, receive: Receive, send: Send
    ) -> None:
        if sum(len(name) + len(value) for name, value in headers.raw) > self._limits.header_bytes:
            refused = problem(
                request_id,
                status=431,
                code="headers_too_large",
                detail=f"Headers may hold {self._limits.header_bytes:,} bytes.",
            )
            await refused(scope, receive, send)
            return
        limit = self._limit(scope, headers)
        declared = headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
            # The connection stays open: what still arrives is thrown away, and the caller, who
            # may read only after the last byte, gets to see why.
            error = _too_large(scope, limit)
            refused = problem(request_id, status=413, code=error.code, detail=error.detail)
            await refused(scope, receive, send)
            return
        await self._app(scope, _bounded(scope, receive, limit, self._limits.body_seconds), send)

    def _limit(self, scope: Scope, headers: Headers) -> int:
        if headers.get("content-type", "").lower().startswith("multipart/"):
            if _UPLOAD.fullmatch(scope["path"]):
                return self._limits.document_bytes + _MULTIPART_ROOM
            if _SEARCH.fullmatch(scope["path"]):
                return self._limits.picture_bytes + _MULTIPART_ROOM
        return self._limits.body_bytes


class _Answer:
    """`send`, with our headers put in and the status counted."""

    def __init__(self, scope: Scope, send: Send, request_id: str, metrics: Metrics) -> None:
        self.started = False
        self._status = 0
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._metrics = metrics
        self._began = time.perf_counter()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._sign(message)
        await self._send(message)

    def log(self) -> None:
        """One line a request; of a stream when it ends. Probes would drown the rest."""
        route = self.route
        if route not in _PROBES:
            log.info(
                "request.answered",
                method=self._scope["method"],
                route=route,
                status=self._status,
                ms=round((time.perf_counter() - self._began) * 1_000, 1),
            )

    @property
    def route(self) -> str:
        """Never the path itself: a share link's secret stands in it."""
        return str(getattr(self._scope.get("route"), "path", "unmatched"))

    def _sign(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers[REQUEST_ID] = self._request_id
        for name, value in _SECURITY.items():
            headers.setdefault(name, value)
        if (standing := self._scope["state"].get(rates.STANDING)) is not None:
            headers.update(rates.headers(standing))
        if "html" not in headers.get("content-type", ""):
            headers.setdefault("content-security-policy", _NO_CONTENT_RUNS)
        self._status = message["status"]
        route = self.route
        self._metrics.requests.labels(self._scope["method"], route, self._status).inc()
        self._metrics.seconds.labels(route).observe(time.perf_counter() - self._began)


def _request_id(headers: Headers) -> str:
    for name in (REQUEST_ID, "x-correlation-id"):
        given = headers.get(name, "")
        if _SAFE.fullmatch(given):
            return given
    return str(uuid4())


def _bounded(scope: Scope, receive: Receive, limit: int, seconds: float) -> Receive:
    """Count what arrives, since a chunked body declares no length, and end what trickles."""
    read = 0
    until = asyncio.get_running_loop().time() + seconds
    complete = False

    async def bounded() -> Message:
        nonlocal read, complete
        if complete:
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            detail = f"The body did not arrive within {seconds:g} s."
            raise NamedHTTPError(408, "body_too_slow", detail) from None
        if message["type"] == "http.request":
            complete = not message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > limit:
                raise _too_large(scope, limit)
        return message

    return bounded


def _too_large(scope: Scope, limit: int) -> NamedHTTPError:
    upload = _UPLOAD.fullmatch(scope["path"])
    code = "document_too_large" if upload else "body_too_large"
    return NamedHTTPError(413, code, f"The body may hold {limit:,} bytes.")
