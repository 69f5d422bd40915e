"""Calls from other people's pages: which may, and what their browsers are told."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar
from uuid import UUID

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.ports import Ports
from api.problems import problem
from api.site import Site
from models.errors import AppError

Key = TypeVar("Key")
Value = TypeVar("Value")

# Who may call is known so late at most, on every edge.
SECONDS: Final = 5.0
# Of each kind, some 200 bytes.
REMEMBERED: Final = 1_000
# Questions to the database at once, which strangers too may cause.
AT_ONCE: Final = 4
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.\-_\[\]:]{1,280}")
_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
_SENT: Final = (
    *("Authorization", "Content-Type", "X-Space-Id", "Last-Event-ID", "Idempotency-Key"),
    *("Prefer", "X-Request-Id", "If-Match"),
)
# What OpenAI's own client says of itself with each request; nothing reads it.
_OPENAI_SAYS: Final = re.compile(r"x-stainless-[a-z-]{1,40}")
_READ: Final = ", ".join(
    (
        *("X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
        *("Retry-After", "Location", "X-Turn-Id", "X-Conversation-Id"),
        "x-vercel-ai-ui-message-stream",
    )
)
_PREFLIGHT_SECONDS: Final = "600"
# Where a request leaves the organisation that it was made for.
ORGANISATION: Final = "organisation_id"

log = structlog.get_logger(__name__)


class _Remembered(Generic[Key, Value]):
    """Answers of a few seconds, and no more of them than so many."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[Value, float]] = OrderedDict()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def get(self, key: Key, ask: Callable[[Key], Awaitable[Value]]) -> Value:
        value, at = self._kept.get(key, (None, float("-inf")))
        if value is not None and self._clock() - at < SECONDS:
            return value
        async with self._places:
            found = await ask(key)
        self._kept[key] = found, self._clock()
        self._kept.move_to_end(key)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return found


class CrossOrigin:
    """Plain ASGI, inside the envelope. Never with credentials: other people's pages bring tokens
    of their own, and no cookie of ours."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        site: Site,
        ports: Callable[[], Ports],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._site = site
        self._ports = ports
        self._known: _Remembered[str, bool] = _Remembered(clock)
        self._of: _Remembered[UUID, frozenset[str]] = _Remembered(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        origin = request.headers.get("origin")
        if origin is None or self._site.is_own(request, origin):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in request.headers:
            await (await self._preflight(request, origin))(scope, receive, send)
        else:
            await self._app(scope, receive, _Answer(self, scope, origin, send))

    async def _preflight(self, request: Request, origin: str) -> Response:
        """Before it says who calls, a browser asks whether it may say so: yes, where any
        organisation has such pages."""
        try:
            known = await self.is_known(origin)
        except AppError as error:
            return _refusal(request, error.status, error.code, error.detail)
        if not known:
            detail = "Pages of this origin may not call: an admin adds it by PUT /v1/origins."
            return _refusal(request, 403, "origin_foreign", detail)
        asked = request.headers.get("access-control-request-headers", "").lower().split(",")
        also = [name.strip() for name in asked if _OPENAI_SAYS.fullmatch(name.strip())]
        return Response(
            status_code=204,
            headers={
                "access-control-allow-origin": origin,
                "access-control-allow-methods": _METHODS,
                "access-control-allow-headers": ", ".join((*_SENT, *also)),
                "access-control-max-age": _PREFLIGHT_SECONDS,
                "vary": "Origin",
            },
        )

    async def is_known(self, origin: str) -> bool:
        if not _ORIGIN.fullmatch(origin):
            return False
        return await self._known.get(origin, self._ports().origins.known)

    async def may_read(self, origin: str, organisation: UUID | None, status: int) -> bool:
        """The caller's own organisation has it. Who is nobody learns that, where somebody's pages
        may ask: a 401 says nothing of anybody."""
        if organisation is not None:
            return origin in await self._of.get(organisation, self._ports().origins.of)
        return status == 401 and await self.is_known(origin)


class _Answer:
    """`send`, which tells the browser that the page may read this."""

    def __init__(self, rules: CrossOrigin, scope: Scope, origin: str, send: Send) -> None:
        self._rules = rules
        # Not the scope itself: a stream outlives what is in it.
        self._state = scope.setdefault("state", {})
        self._origin = origin
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Origin")
            if await self._may(message["status"]):
                headers["access-control-allow-origin"] = self._origin
                headers["access-control-expose-headers"] = _READ
        await self._send(message)

    async def _may(self, status: int) -> bool:
        organisation = self._state.get(ORGANISATION)
        try:
            return await self._rules.may_read(self._origin, organisation, status)
        except AppError as error:
            log.warning("origins.unread", code=error.code)
            return False


def _refusal(request: Request, status: int, code: str, detail: str) -> Response:
    answer = problem(request.scope["state"]["request_id"], status=status, code=code, detail=detail)
    answer.headers["vary"] = "Origin"
    return answer
