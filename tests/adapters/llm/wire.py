"""A server of bytes: answers each request with exactly what a test wrote."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson

Send = Callable[[bytes], Awaitable[None]]
# Answers one request; returning ends the connection.
Script = Callable[[Send], Awaitable[None]]

SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


@dataclass
class Wire:
    """What came, and what goes out next: one script a request, the last one for all others."""

    base_url: str = ""
    scripts: list[Script] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has closed its connection before our answer ended."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            self.requests.append(head + body)
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            gone = asyncio.ensure_future(reader.read(1))
            sending = asyncio.ensure_future(script(_sender(writer)))
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                self.left.set()
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _sender(writer: asyncio.StreamWriter) -> Send:
    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    return send


@asynccontextmanager
async def serving(*scripts: Script) -> AsyncIterator[Wire]:
    wire = Wire(scripts=list(scripts))
    server = await asyncio.start_server(wire.answer, "127.0.0.1", 0)
    wire.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield wire


def sending(*chunks: bytes, then_hang: bool = False) -> Script:
    async def script(send: Send) -> None:
        for chunk in chunks:
            await send(chunk)
            await asyncio.sleep(0)
        if then_hang:
            await asyncio.Event().wait()

    return script


def repeating(head: bytes, chunk: bytes, pause: float = 0.0) -> Script:
    """`head`, then the same bytes for ever."""

    async def script(send: Send) -> None:
        await send(head)
        while True:
            await send(chunk)
            await asyncio.sleep(pause)

    return script


def answer(status: int, body: object, **headers: str) -> bytes:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [f"HTTP/1.1 {status} X", "content-type: application/json", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(data)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def events(*documents: object) -> bytes:
    return b"".join(b"data: %b\n\n" % orjson.dumps(document) for document in documents)


def chat(*deltas: dict[str, object], finish: str | None = "stop") -> bytes:
    """A Chat Completions stream of these deltas, closed properly when it has a finish."""
    chunks: Iterable[object] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    if finish is None:
        return events(*chunks)
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    return events(*chunks, last) + b"data: [DONE]\n\n"


def call(arguments: str, name: str = "add", **fields: object) -> dict[str, object]:
    piece = {**fields, "function": {"name": name, "arguments": arguments}}
    return {"tool_calls": [piece]}
