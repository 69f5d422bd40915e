"""Failures that a directive asks for: when they are due, and what comes instead of an answer."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from email.utils import formatdate

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.model.directive import Directive, Failure
from local.model.problems import error_body
from local.model.stream import Connection

# Messages whose failures are being counted; the oldest is forgotten first.
MOST_MESSAGES = 10_000
# A stalled connection is cut in the end, so that a leaking client cannot fill the server.
LONGEST_STALL_S = 600.0

STATUSES = {
    Failure.UNKNOWN_MODEL: ("model_not_found", "invalid_request_error", "There is no such model."),
    Failure.RATE_LIMITED: ("rate_limit_exceeded", "requests", "Rate limit reached."),
    Failure.BROKEN: ("server_error", "server_error", "The server had an error."),
    Failure.UNAVAILABLE: ("overloaded", "server_error", "The server is overloaded."),
}
HTML = "<!doctype html><html><head><title>Gateway</title></head><body>Please wait…</body></html>"


class FailureCount:
    """How often each message has failed already, and since when, for `times=` and `lasts=`."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def due(self, directive: Directive, message: str, model: str = "") -> Failure | None:
        """The failure for this call, of this model, counted as used."""
        if directive.model not in {None, model}:
            return None
        times = math.inf if directive.times is None else directive.times
        lasts = math.inf if directive.lasts is None else directive.lasts
        if directive.fail is None or (times == lasts == math.inf):
            return directive.fail
        now = time.monotonic()
        failed, since = self._failed.pop(message, (0, now))
        self._failed[message] = failed + 1, since
        if len(self._failed) > MOST_MESSAGES:
            self._failed.popitem(last=False)
        return directive.fail if failed < times and now - since < lasts else None


def instead_of_answer(
    failure: Failure | None, directive: Directive, *, stream: bool
) -> Response | None:
    """The response for a failure that leaves nothing to generate."""
    if failure is None:
        return None
    early = directive.after is None or not stream
    if failure.by_status and early:
        return _status_response(failure, directive)
    if failure is Failure.HTML:
        return Response(HTML, media_type="text/html; charset=utf-8")
    if failure in {Failure.DROP, Failure.STALL} and early:
        return SilentResponse(stall=failure is Failure.STALL)
    return None


def _status_response(failure: Failure, directive: Directive) -> Response:
    code, kind, message = STATUSES[failure]
    body = error_body(f"{message} (asked for by @offline)", kind, param=None, code=code)
    headers = {}
    if (wait := directive.retry_after) is not None:
        # A date knows whole seconds only: the next one, since an earlier one is no wait.
        date = formatdate(math.ceil(time.time() + wait), usegmt=True)
        headers["retry-after"] = date if directive.retry_date else f"{wait:g}"
    return Response(orjson.dumps(body), int(failure.value), headers, media_type="application/json")


class SilentResponse(Response):
    """No byte at all: the connection is cut at once, or left open."""

    def __init__(self, *, stall: bool) -> None:
        self.status_code = 502
        self.background = None
        self.on_left: Callable[[], None] = _nobody_asks
        self._stall = stall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        on_gone = self.on_left if self._stall else _nobody_asks
        connection = Connection(scope, receive, send, on_gone)
        try:
            if self._stall:
                await stall(connection)
            await connection.cut()
        finally:
            connection.close()


def _nobody_asks() -> None:
    """When a client leaves that was told nothing."""


async def stall(connection: Connection) -> None:
    """Say nothing until the client leaves."""
    try:
        async with asyncio.timeout(LONGEST_STALL_S):
            await connection.gone.wait()
    except TimeoutError:
        return
