"""HTTP to a server of the protocol: through the guard, and no more bytes than are allowed."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpcore2
import httpx2

from adapters.web.guard import Rule
from adapters.web.transport import GuardedTransport
from adapters.web.url import page_url
from models.errors import AppError, InvalidError, TooLargeError

# For a session in all: a result that a model reads is a hundredth of it.
MOST_BYTES = 4 * 1024 * 1024
MOST_HEADERS = 200
# Saying good-bye is a courtesy.
_PARTING = 2.0  # seconds
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Meter:
    """What has come of one session; `failure` is why it was cut, which the SDK would hide."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._left = most
        self.failure: AppError | None = None
        self.cut: Callable[[], None] | None = None
        """Ends the session at once: the SDK might wait for what will not come."""

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.failed(
                TooLargeError("The server sends too much.", code="mcp_result_too_large")
            )

    def failed(self, error: AppError) -> AppError:
        self.failure = self.failure or error
        if self.cut is not None:
            self.cut()
        return error


class Wire(httpx2.AsyncBaseTransport):
    """The SDK's client stands on it: no address, whoever names it, is reached past the guard."""

    def __init__(self, guarded: GuardedTransport, rule: Rule, meter: Meter) -> None:
        self._guarded = guarded
        self._rule = rule
        self._meter = meter

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            page_url(str(request.url), ports=self._rule.all_ports)
            patience = _PARTING if request.method == "DELETE" else None
            async with asyncio.timeout(patience):
                answer = await self._guarded.send(request)
        except AppError as error:
            failure = error
            if isinstance(error, InvalidError):
                failure = refused()
            raise httpx2.ConnectError(self._meter.failed(failure).detail) from None
        except TimeoutError:
            raise httpx2.ReadTimeout("no answer") from None
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.TimeoutException,
        ) as error:
            raise httpx2.TransportError(type(error).__name__) from error
        try:
            self._check(request, answer)
        except AppError as error:
            await answer.aclose()
            raise httpx2.RemoteProtocolError(self._meter.failed(error).detail) from None
        return httpx2.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Metered(answer, self._meter),
            request=request,
        )

    def _check(self, request: httpx2.Request, answer: httpx2.Response) -> None:
        # Asked for without: a few bytes could unpack to more than there is memory.
        packed = answer.headers.get("content-encoding", "identity").strip().lower()
        if len(answer.headers.raw) > MOST_HEADERS or packed not in {"", "identity"}:
            raise TooLargeError("The server's answer is bloated.", code="mcp_result_too_large")
        if answer.status_code in _REDIRECTS:
            try:
                target = request.url.join(answer.headers.get("location", ""))
            except (httpx2.InvalidURL, ValueError):
                raise refused() from None
            if (target.scheme, target.host, target.port) != (
                *(request.url.scheme, request.url.host, request.url.port),
            ):
                raise refused()


class _Metered(httpx2.AsyncByteStream):
    def __init__(self, answer: httpx2.Response, meter: Meter) -> None:
        self._answer = answer
        self._meter = meter

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._answer.aiter_raw():
                self._meter.take(len(part))
                yield part
                # They may all be here already: the loop's other work gets its turn.
                await asyncio.sleep(0)
        except AppError as error:
            raise httpx2.ReadError(error.detail) from None
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.TimeoutException,
        ) as error:
            raise httpx2.ReadError(type(error).__name__) from error

    async def aclose(self) -> None:
        await self._answer.aclose()


def refused() -> InvalidError:
    # Which address it was is nobody's to learn.
    return InvalidError("The address does not lead to a public server.", code="mcp_address_refused")
