"""A web server that answers whatever a test wants, byte for byte, and knows who came."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address

from adapters.web.address import Address
from adapters.web.fetcher import HttpFetcher, Patience
from adapters.web.guard import Rule

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """`pages` maps a path to its answer: bytes as they go over the wire, or what writes them."""

    port: int = 0
    pages: dict[str, bytes | Behaviour] = field(default_factory=dict)
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    """Paths, robots.txt among them."""
    heads: list[str] = field(default_factory=list)
    """The requests' first lines and headers."""
    busy: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, path: str = "/", host: str = "pages.example") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if (task := asyncio.current_task()) is not None:
            self.busy.add(task)
        # A cancelled task would be reported as an error by asyncio's streams.
        with closing(writer), suppress(OSError, EOFError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                path = head.split(" ")[1]
                self.asked.append(path)
                self.heads.append(head)
                page = self.pages.get(path, plain(b"", status="404 Not Found"))
                if isinstance(page, bytes):
                    writer.write(page)
                else:
                    await page(writer)
                await writer.drain()


def plain(
    body: bytes, *headers: str, status: str = "200 OK", media_type: str = "text/plain"
) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode("latin-1") + body


def redirect(target: str, status: str = "302 Found") -> bytes:
    return plain(b"", f"Location: {target}", status=status)


@asynccontextmanager
async def served(
    pages: dict[str, bytes | Behaviour] | None = None, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    site = Site(pages=pages or {})
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in site.busy:
            task.cancel()
        await asyncio.gather(*site.busy, return_exceptions=True)


class Names:
    """A resolver with answers of a test's own; it counts how often it was asked."""

    def __init__(self, **names: list[str]) -> None:
        self.names = {"pages.example": ["127.0.0.1"], **names}
        self.asked = 0

    async def resolve(self, host: str, port: int) -> list[Address]:
        self.asked += 1
        if host in self.names:
            return [ip_address(text) for text in self.names[host]]
        try:
            return [ip_address(host)]
        except ValueError:
            raise OSError("no such name") from None


def fetcher_for(
    *sites: Site,
    names: Names | None = None,
    addresses: Sequence[str] = ("127.0.0.1",),
    patience: Patience | None = None,
    certificates: ssl.SSLContext | None = None,
    at_once: int = 32,
) -> HttpFetcher:
    """One that takes these sites, at these addresses, for public ones."""
    allowed = frozenset((ip_address(text), site.port) for text in addresses for site in sites)
    return HttpFetcher(
        names or Names(),
        Rule(allowed=allowed),
        patience=patience,
        certificates=certificates or EMPTY,
        at_once=at_once,
    )


EMPTY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, and costs nothing to make."""
SOON = timedelta(seconds=20)
"""Longer than any test takes that does not wait for a limit."""
