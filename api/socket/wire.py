"""A socket's two directions: whoever sends waits for its turn, and for the reader."""

import asyncio
from typing import Any, Final

from starlette.types import Receive, Send

from api import problems
from api.connection import Connection
from api.metrics import Metrics
from api.pulse import Pulse

_ABNORMAL: Final = 1006


class LeftError(ConnectionError):
    """Nobody reads any more."""


class Wire:
    """Bounded without a queue of its own: each that has something to say holds that one thing until
    it is on its way, in the order in which they came."""

    def __init__(
        self, receive: Receive, send: Send, pulse: Pulse, metrics: Metrics, slow_write: float
    ) -> None:
        self._receive, self._send = receive, send
        self._pulse, self._metrics = pulse, metrics
        self._slow_write = slow_write
        self._turn = asyncio.Lock()
        self._connection = Connection(send)
        self._since: float | None = None
        """When the write that is under way began."""
        self.slow = False
        self.code: int | None = None
        """How it was closed, by whichever side."""

    async def accept(self) -> None:
        """LeftError."""
        await self._receive()  # websocket.connect
        await self._write({"type": "websocket.accept"})
        self._connection.bound()

    async def hear(self) -> str | bytes:
        """The next message; bytes when it was a binary one. LeftError."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self.code = self.code or message.get("code", _ABNORMAL)
            raise LeftError
        text: str | None = message.get("text")
        return message["bytes"] if text is None else text

    async def tell(self, document: problems.Problem) -> None:
        """LeftError."""
        await self.say(problems.written(document).decode())

    async def say(self, text: str) -> None:
        """LeftError."""
        async with self._turn:
            await self._write({"type": "websocket.send", "text": text})

    async def close(self, code: int, reason: str) -> None:
        """Say so, unless one side has closed it already."""
        if self.code is not None:
            return
        self.code = code
        try:
            await self._write({"type": "websocket.close", "code": code, "reason": reason})
        except LeftError:
            return

    async def _write(self, message: dict[str, Any]) -> None:
        self._since = self._pulse.now
        try:
            await self._send(message)
        except (OSError, RuntimeError) as error:
            # uvicorn's ClientDisconnected; or its complaint that the socket is closed.
            raise LeftError from error
        finally:
            self._since = None

    def tick(self, now: float) -> None:
        """Cut off a reader that has blocked one write for too long: a frame that says why would
        wait behind it."""
        blocked = self._since is not None and now - self._since >= self._slow_write
        if blocked and not self.slow:
            self.slow = True
            self._metrics.slow_readers.inc()
            self._connection.cut()


def event_frame(log_id: str, data: bytes) -> str:
    """An event as SSE has it, with the log's id beside it."""
    return f'{{"type":"event","conversation_id":"{log_id}","event":{data.decode()}}}'


def reply(kind: str, ref: str | int | None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    said = {"type": kind} if ref is None else {"type": kind, "ref": ref}
    return {**said, **fields}
