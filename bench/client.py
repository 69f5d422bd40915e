"""A lean HTTP client: its own cost must not hide what it measures."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import httptools

from bench.answer import Answer, now

TURN_SECONDS = 45.0  # a turn that takes longer has failed: the slowest peer takes 20 among 64


class TurnFailedError(Exception):
    """An answer did not come as it should; the message says what came."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, its body JSON."""

    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self, host: str) -> bytes:
        head = [f"{self.method} {self.path} HTTP/1.1", f"host: {host}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            head += ["content-type: application/json", f"content-length: {len(self.body)}"]
        return "\r\n".join([*head, "", ""]).encode() + self.body


class _Exchange(asyncio.Protocol):
    """One connection; one exchange at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer = Answer()
        self._parser = httptools.HttpResponseParser(self)
        self._done: asyncio.Future[None] | None = None
        self._at = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods and not the base class.
        self.transport = cast("asyncio.Transport", transport)

    def begin(self, request: bytes, answer: Answer) -> asyncio.Future[None]:
        if self.transport is None:
            raise TurnFailedError("The connection is closed.")
        self._parser = httptools.HttpResponseParser(self)
        self._done = asyncio.get_running_loop().create_future()
        self.answer = answer
        self.transport.write(request)
        return self._done

    def data_received(self, data: bytes) -> None:
        self._at = now()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"no HTTP: {error}")

    def on_headers_complete(self) -> None:
        self.answer.status = self._parser.get_status_code()
        self.answer.headed = self._at

    def on_body(self, body: bytes) -> None:
        self.answer.take(body, self._at)

    def on_message_complete(self) -> None:
        self.answer.ended = self._at
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        self._fail(f"connection lost: {error}")

    def _fail(self, reason: str) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(TurnFailedError(reason))


class Connection:
    """A kept connection to one server, opened again when the server closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._exchange: _Exchange | None = None

    async def send(
        self, request: Request, *, seconds: float = TURN_SECONDS, into: Answer | None = None
    ) -> Answer:
        """The whole answer, added to what `into` holds. A status but 2xx is a `TurnFailedError`."""
        encoded = request.encoded(f"{self._host}:{self._port}")
        exchange = await self._open()
        try:
            async with asyncio.timeout(seconds):
                await exchange.begin(encoded, Answer() if into is None else into)
        except TimeoutError:
            self.close()
            said = f"{exchange.answer.tokens} tokens"
            raise TurnFailedError(f"{request.path}: no end in {seconds:g} s, {said}") from None
        if exchange.answer.status // 100 != 2:
            said = exchange.answer.said.decode("utf-8", "replace")
            raise TurnFailedError(f"{request.path}: {exchange.answer.status} {said}")
        return exchange.answer

    async def _open(self) -> _Exchange:
        if self._exchange is None or self._exchange.transport is None:
            loop = asyncio.get_running_loop()
            _, self._exchange = await loop.create_connection(_Exchange, self._host, self._port)
        return self._exchange

    def close(self) -> None:
        if self._exchange is not None and self._exchange.transport is not None:
            self._exchange.transport.close()
        self._exchange = None
