"""A TCP proxy of ours between a client and a server: it cuts, delays, stalls, and watches."""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"
PIECE = 65_536  # bytes read at once
MOST_LINKS = 4_096  # more than any row opens; a loop of reconnects must end somewhere
CONNECT_SECONDS = 5.0
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing drops what is unsent and says RST

Direction = Literal["up", "down"]
"""Up is towards the server."""
Ruling = Literal["pass", "drop", "cut", "pass_then_cut"]
"""What becomes of a piece, and of its connection."""
Watch = Callable[[Direction, bytes], Ruling]


def _passing(_: Direction, __: bytes) -> Ruling:
    return "pass"


class Proxy:
    """Enter it, and it listens on `port`; leave it, and its connections are cut.

    `watching` is called for each new connection; what it returns judges that connection's pieces,
    in their order. Pieces are cut as the kernel likes, not as the protocol does.
    """

    def __init__(
        self, host: str, port: int, *, watching: Callable[[], Watch] = lambda: _passing
    ) -> None:
        self.server = host, port
        self.port = 0
        self.refusing = False
        """While it is set, new connections are reset at once; open ones live on."""
        self._watching = watching
        self._listener: asyncio.Server | None = None
        self._links: dict[Link, asyncio.Task[None]] = {}
        self._gates = {"up": _open(), "down": _open()}
        self._delays = {"up": 0.0, "down": 0.0}

    @classmethod
    def before(cls, address: str, *, watching: Callable[[], Watch] = lambda: _passing) -> Self:
        """In front of a server known by `host:port` or by a URL that names its port."""
        parts = urlsplit(address if "//" in address else f"//{address}")
        if parts.hostname is None or parts.port is None:
            raise ValueError("The address names no host and port.")
        return cls(parts.hostname, parts.port, watching=watching)

    def instead(self, address: str) -> str:
        """The same address or URL, by way of this proxy."""
        if "//" not in address:
            return f"{HOST}:{self.port}"
        parts = urlsplit(address)
        who, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{who}{at}{HOST}:{self.port}").geturl()

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.refusing = True
        if self._listener is not None:
            self._listener.close()
        serving = list(self._links.values())
        self.cut()
        await asyncio.gather(*serving, return_exceptions=True)

    @property
    def links(self) -> int:
        """Connections that are open now."""
        return len(self._links)

    def cut(self) -> int:
        """Cut every open connection now; how many there were."""
        for link in tuple(self._links):
            link.cut()
        return len(self._links)

    def stall(self, *directions: Direction) -> None:
        """Hold back what goes that way (both ways, when none is named) until `resume`."""
        for direction in directions or self._gates:
            self._gates[direction].clear()

    def resume(self) -> None:
        for gate in self._gates.values():
            gate.set()

    def delay(self, seconds: float, *directions: Direction) -> None:
        """Let each piece that goes that way (either way, when none is named) wait so long."""
        for direction in directions or self._delays:
            self._delays[direction] = seconds

    async def weathered(self, direction: Direction) -> None:
        if self._delays[direction]:
            await asyncio.sleep(self._delays[direction])
        await self._gates[direction].wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing or len(self._links) >= MOST_LINKS:
            _reset(writer)
            return
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                server = await asyncio.open_connection(*self.server)
        except OSError:  # as if nobody listened here either
            _reset(writer)
            return
        link = Link(self, self._watching(), (reader, writer), server)
        task = asyncio.current_task()
        assert task is not None
        self._links[link] = task
        try:
            await link.run()
        finally:
            del self._links[link]


class Link:
    """One connection, and its other half to the server."""

    def __init__(
        self,
        proxy: Proxy,
        watch: Watch,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._watch = watch
        self._client = client
        self._server = server
        self._pumps: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        self._pumps = [
            asyncio.create_task(self._pump("up", self._client[0], self._server[1])),
            asyncio.create_task(self._pump("down", self._server[0], self._client[1])),
        ]
        try:
            await asyncio.gather(*self._pumps)
        except (OSError, asyncio.CancelledError):  # one side is gone, or we were cut
            pass
        finally:
            self.cut()

    def cut(self) -> None:
        """The client is reset. What the server has been sent it may still read and do."""
        _reset(self._client[1])
        self._server[1].close()
        for pump in self._pumps:
            pump.cancel()

    async def _pump(
        self, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(PIECE):
            await self._proxy.weathered(direction)
            ruling = self._watch(direction, data)
            if ruling in ("pass", "pass_then_cut"):
                writer.write(data)
                await writer.drain()
            if ruling in ("cut", "pass_then_cut"):
                self.cut()
                return
        await self._proxy.weathered(direction)
        if writer.can_write_eof():
            writer.write_eof()


def _open() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


def _reset(writer: asyncio.StreamWriter) -> None:
    held = writer.get_extra_info("socket")
    if held is not None:
        with suppress(OSError):  # closed already
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
