"""A small HTTP server that behaves as badly as its test tells it to."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from domain.wire import encode
from models.payloads.events import START, TRANSIENT, EventId, LoggedEvent


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    """Do what was asked, then cut the connection instead of answering."""


@dataclass(frozen=True)
class Connection:
    """How one stream is served: `cut` is how many bytes of it the reader gets, None for all; of a
    refusal, its head counts too."""

    cut: int | None = None
    repeat: int = 0
    """Sends so many events again that the reader has already."""
    stored: bool = False
    """As replayed from Postgres: without deltas."""
    refused: Answer | None = None
    hang: bool = False
    """Says nothing more after its bytes, and stays open."""
    preamble: bytes = b"retry: 1\n\n: ping\n\n"
    clean: bool = True
    """Ends its chunks properly before it closes."""


Handler = Callable[[Received], Answer]


def framed(event: LoggedEvent) -> bytes:
    sent = encode(event)
    return f"id: {sent.id}\nevent: {sent.kind}\ndata: {sent.data.decode()}\n\n".encode()


@dataclass
class Edge:
    url: str = ""
    log: list[LoggedEvent] = field(default_factory=list)
    connections: deque[Connection] = field(default_factory=deque)
    """Served in turn; when they are used up, streams are whole and end with 204 or stay open."""
    routes: dict[tuple[str, str], Handler] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    idle: bool = True
    grown: asyncio.Event = field(default_factory=asyncio.Event)

    def append(self, *events: LoggedEvent) -> None:
        self.log.extend(events)
        self.grown.set()

    def asked(self, method: str, path: str) -> list[Received]:
        return [one for one in self.received if (one.method, one.path) == (method, path)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while (request := await _read(reader)) is not None:
                self.received.append(request)
                if request.path.endswith("/events"):
                    await self._stream(request, writer)
                    break
                answer = self._answer(request)
                if answer.drop:
                    break
                writer.write(_whole(answer))
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def _answer(self, request: Received) -> Answer:
        for (method, path), handler in self.routes.items():
            if method == request.method and (
                path == request.path or (path.endswith("*") and request.path.startswith(path[:-1]))
            ):
                return handler(request)
        return Answer(404, {"code": "not_found", "title": "Not found", "detail": request.path})

    async def _stream(self, request: Received, writer: asyncio.StreamWriter) -> None:
        how = self.connections.popleft() if self.connections else Connection()
        if how.refused is not None:
            writer.write(_whole(how.refused)[: how.cut])
            await writer.drain()
            return await _silence() if how.hang else None
        after = EventId.parse(request.headers.get("last-event-id", str(START)))
        behind = [event for event in self.log if event.id <= after]
        ahead = [event for event in self.log if event.id > after]
        finishing = "until" in request.query
        if finishing and self.idle and not ahead:
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            return await writer.drain()
        if how.stored:
            ahead = [event for event in ahead if event.event.kind not in TRANSIENT]
        again = behind[len(behind) - how.repeat :] if how.repeat else []
        body = how.preamble + b"".join(map(framed, [*again, *ahead]))
        await _send(writer, body[: how.cut])
        if how.cut is None and not finishing:
            await self._live(writer, ahead[-1].id if ahead else after)
        if how.hang:
            await _silence()
        if how.clean:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return None

    async def _live(self, writer: asyncio.StreamWriter, last: EventId) -> None:
        """Send what comes, until the server is shut down or the reader leaves."""
        while not writer.is_closing():
            self.grown.clear()
            for event in [event for event in self.log if event.id > last]:
                last = event.id
                writer.write(_chunk(framed(event)))
            await writer.drain()
            await self.grown.wait()


async def _silence() -> None:
    """Until the server is shut down."""
    await asyncio.Event().wait()


async def _send(writer: asyncio.StreamWriter, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n" + (_chunk(body) if body else b""))
    await writer.drain()


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _whole(answer: Answer) -> bytes:
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    headers = {"Content-Type": "application/json", **answer.headers}
    lines = [f"HTTP/1.1 {answer.status} Status", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader) -> Received | None:
    start = await reader.readline()
    if not start:
        return None
    method, target, _ = start.decode().split()
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    url = urlsplit(target)
    return Received(method, url.path, parse_qs(url.query), headers, body)


@asynccontextmanager
async def running(
    log: Sequence[LoggedEvent] = (), connections: Sequence[Connection] = ()
) -> AsyncIterator[Edge]:
    edge = Edge(log=list(log), connections=deque(connections))
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(edge.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(lambda _: writer.close())

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    edge.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield edge
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
