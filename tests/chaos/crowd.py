"""Readers by the thousand: the same note of what each connection saw, at a fraction of the cost."""

import asyncio
import contextlib
import resource
import socket
from typing import cast

import httptools

from tests.chaos.evidence import Connection
from tests.chaos.reading import (
    CONNECT_SECONDS,
    FIRST_RETRY,
    LONGEST_RETRY,
    SILENCE,
    BrokenStreamError,
    Events,
    Reader,
)

_HEAD_BYTES = 256
_ESTABLISHED = 1  # linux/tcp_states.h


def raise_open_files() -> None:
    """Each reader is a socket of this process."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class CrowdReader(Reader):
    """A `Reader` over a protocol of its own: no streams, no timer for each piece."""

    @property
    def ends(self) -> int:
        """Turns that ended before its eyes."""
        return self._ends

    async def _follow(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS):
            _, exchange = await loop.create_connection(
                lambda: Exchange(self, connection), self._host, self._port
            )
        try:
            exchange.send(self._request())
            while not exchange.over.done():
                heard = exchange.heard
                await asyncio.wait({exchange.over}, timeout=SILENCE)
                if not exchange.over.done() and exchange.heard == heard:
                    raise TimeoutError("silence")
            exchange.over.result()
        finally:
            exchange.close()

    def take(self, connection: Connection, events: Events, data: bytes) -> bool:
        """Note a piece of the body; True when everything was seen."""
        for frame in events.feed(data, asyncio.get_running_loop().time()):
            connection.frames.append(frame)
            self._note(frame)
        if events.retry is not None:
            self._retry = min(max(events.retry, FIRST_RETRY), LONGEST_RETRY)
        connection.complete = self.seen.finished
        return self.seen.finished

    def answered(self, connection: Connection, status: int) -> None:
        connection.status = status
        connection.opened_at = asyncio.get_running_loop().time()
        if status == 204:
            self.seen.finished, connection.ending = self._until_idle, "204"
        elif status == 200:
            self.opened.set()


class Exchange(asyncio.Protocol):
    """One connection; `over` has its end, or why it failed."""

    def __init__(self, reader: CrowdReader, connection: Connection) -> None:
        self._reader, self._connection = reader, connection
        self._events = Events()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard = 0
        """Pieces."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> None:
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.heard += 1
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._end(BrokenStreamError(f"no HTTP: {error}"))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._reader.answered(self._connection, status)
        if status not in {200, 204}:
            self._end(BrokenStreamError(f"status {status}"))

    def on_body(self, body: bytes) -> None:
        if self._connection.status == 200 and self._reader.take(
            self._connection, self._events, body
        ):
            self._end(None)

    def on_message_complete(self) -> None:
        self._connection.ending = self._connection.ending or "ended by the edge"
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or EOFError("cut"))

    def _end(self, error: Exception | None) -> None:
        if self.over.done():
            return
        if error is None:
            self.over.set_result(None)
        else:
            self.over.set_exception(error)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        if self.over.done() and not self.over.cancelled():
            self.over.exception()  # looked at, also when the reader was told to give up


class SlowReader(CrowdReader):
    """At first takes one byte a second, or nothing, from a small window, until the edge cuts it;
    then comes back as others do, from the last event that it had."""

    def __init__(self, *given: object, takes: int, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]  # passed through
        self._takes = takes
        self.cut_at: float | None = None

    async def _follow(self, connection: Connection) -> None:
        if self.cut_at is None:
            await self._dawdle(connection)
        else:
            await super()._follow(connection)

    async def _dawdle(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket() as held:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            held.setblocking(False)  # noqa: FBT003 - the standard library's
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.sock_connect(held, (self._host, self._port))
            await loop.sock_sendall(held, self._request())
            exchange = Exchange(self, connection)
            async with asyncio.timeout(CONNECT_SECONDS):
                while connection.opened_at is None:
                    exchange.data_received(await loop.sock_recv(held, _HEAD_BYTES))
            while not _reset(held):
                await asyncio.sleep(1)
                for _ in range(self._takes):
                    with contextlib.suppress(BlockingIOError, ConnectionError):
                        exchange.data_received(held.recv(1))
            self.cut_at = loop.time()
            # What had arrived before the cut is the reader's.
            with contextlib.suppress(OSError):
                while data := held.recv(65_536):
                    exchange.data_received(data)
        exchange.close()
        raise ConnectionResetError("cut for being slow")


def _reset(held: socket.socket) -> bool:
    """Whether the other side has reset the connection; reads nothing."""
    state = held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != _ESTABLISHED
