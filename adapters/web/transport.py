"""One fetch's connections: httpx2's requests over httpcore2's, with our own connection layer."""

import ssl
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import httpcore2
import httpx2

from adapters.web.guard import Guard

# Robots file, page and redirects follow each other; a redirect may be asked for while the
# connection before it closes.
CONNECTIONS = 4


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class GuardedTransport:
    """No client on top: so no cookies, credentials, proxies or redirects of its own. Raises what
    httpcore2 does. Used for one fetch: nothing is left over for another's."""

    def __init__(self, guard: Guard, certificates: ssl.SSLContext) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=certificates,
            max_connections=CONNECTIONS,
            http1=True,
            http2=False,
            retries=0,
            network_backend=guard,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pool.aclose()

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """The answer with its body unread. Whoever gets it closes it."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.content or None,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), request=request
        )
