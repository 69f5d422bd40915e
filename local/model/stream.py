"""Server-sent events: a log that one answer is written to, and a response that follows it."""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

# A replay of a long answer goes out in writes of this many events, so that others get a turn.
EVENTS_PER_WRITE = 256
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
]


class EventLog:
    """The events of one answer, in order. Its length is bounded by the plan it is written from."""

    def __init__(self) -> None:
        self.events: list[bytes] = []
        self.closed = False
        self._waiting: list[asyncio.Future[None]] = []

    def append(self, event: bytes) -> None:
        self.events.append(event)
        if self._waiting:
            self.wake()

    def close(self) -> None:
        self.closed = True
        self.wake()

    def wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def changed(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        await waiter


class Connection:
    """One reader's connection. The transport is there when our own HTTP protocol put it there."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, on_gone: Callable[[], None]
    ) -> None:
        self.gone = asyncio.Event()
        self._send = send
        self._receive = receive
        self._on_gone = on_gone
        self._transport: asyncio.Transport | None = scope.get("holdfast.transport")
        self._watcher = asyncio.create_task(self._watch())

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def cut(self) -> None:
        """Close the connection under the client, after what was written."""
        if self._transport is not None:
            self._transport.close()
            await self.gone.wait()

    def close(self) -> None:
        self._watcher.cancel()

    async def _watch(self) -> None:
        message: MutableMapping[str, Any] = {}
        while message.get("type") != "http.disconnect":
            message = await self._receive()
        self.gone.set()
        self._on_gone()


class EventStream(Response):
    """Follow a log from a place to its end. `on_gone` is called when the reader left early."""

    def __init__(self, log: EventLog, *, start: int = 0, on_gone: Callable[[], None]) -> None:
        self.status_code = 200
        self.background = None
        self.log = log
        self._start = start
        self._on_gone = on_gone

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(scope, receive, send, self.log.wake)
        try:
            await self.deliver(connection)
        finally:
            connection.close()
            if not self.log.closed:
                self._on_gone()

    async def deliver(self, connection: Connection) -> None:
        await connection.start(200, HEADERS)
        place = self._start
        while not connection.gone.is_set():
            events = self.log.events[place : place + EVENTS_PER_WRITE]
            if events:
                place += len(events)
                await connection.write(b"".join(events))
            elif self.log.closed:
                await connection.write(b"", more=False)
                return
            else:
                await self.log.changed()
