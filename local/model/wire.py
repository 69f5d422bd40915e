"""Failures on the connection: the answer is sound, what carries it is not."""

import asyncio
import re
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.model.directive import Directive, Failure
from local.model.failures import stall
from local.model.fuzz import fuzzed
from local.model.plan import MULTIBYTE
from local.model.stream import HEADERS, Connection, EventLog, EventStream

HUGE_LINE = b"x" * 10_000_000
# A line without an end is sent in writes of this size, and ends after all with the connection.
PIECE = b"x" * 65_536
ENDLESS = 4_000_000_000
DELTA = b"delta"
TEXT_END = re.compile(rb'(?<!\\)"}')
JSON_HEADERS = (b"content-type", b"application/json")


class FaultyStream(EventStream):
    """Follow a log, and fail after so many of its tokens were sent on this connection."""

    def __init__(
        self,
        log: EventLog,
        failure: Failure,
        directive: Directive,
        *,
        start: int = 0,
        on_gone: Callable[[], None],
        on_left: Callable[[], None],
    ) -> None:
        """`on_left` is told when the client gives up on a stream that hangs."""
        super().__init__(log, start=start, on_gone=on_gone)
        self._on_left = on_left
        self._failure = failure
        self._after = directive.after or 0
        self._pause = directive.pause_ms / 1000
        self._seed = directive.seed

    async def deliver(self, connection: Connection) -> None:
        await connection.start(200, HEADERS)
        if self._failure is Failure.FUZZ:
            await self._fuzz(connection)
            return
        place = self._start
        tokens = 0
        while not connection.gone.is_set():
            if place < len(self.log.events):
                event = self.log.events[place]
                place += 1
                if is_token(event):
                    if tokens == self._after and await self._fail(connection, event):
                        return
                    tokens += 1
                    event = self._spoiled(event, tokens)
                await self._write(connection, event)
            elif self.log.closed:
                await connection.write(b"", more=False)
                return
            else:
                await self.log.changed()

    async def _fail(self, connection: Connection, event: bytes) -> bool:
        """Whether the stream ends here."""
        match self._failure:
            case Failure.DROP:
                await connection.cut()
            case Failure.STALL:
                await stall(connection)
                self._on_left()
            case Failure.TRICKLE:
                await trickle(connection, self._pause)
                self._on_left()
            case Failure.ENDLESS_LINE:
                await endless_line(connection)
            case Failure.TRUNCATE:
                await connection.write(b"", more=False)
            case Failure.MALFORMED:
                await connection.write(event[: len(event) // 2] + b"\n\n", more=False)
            case _:
                return False
        return True

    async def _fuzz(self, connection: Connection) -> None:
        """Damage the answer as a whole, once it is there."""
        while not self.log.closed and not connection.gone.is_set():
            await self.log.changed()
        for packet in fuzzed(self.log.events[self._start :], self._seed):
            if connection.gone.is_set():
                return
            await connection.write(packet)
            await asyncio.sleep(0)
        await connection.write(b"", more=False)

    def _spoiled(self, event: bytes, number: int) -> bytes:
        if self._failure is Failure.HUGE_LINE and number == self._after + 1:
            return TEXT_END.sub(HUGE_LINE + b'"}', event, count=1)
        if self._failure is Failure.BAD_UTF8:
            whole = MULTIBYTE.encode()
            return event.replace(whole, whole[:1], 1)
        return event

    async def _write(self, connection: Connection, event: bytes) -> None:
        if self._failure is Failure.SPLIT_UTF8 and MULTIBYTE.encode() in event:
            middle = event.index(MULTIBYTE.encode()) + 1
            await connection.write(event[:middle])
            await asyncio.sleep(0)
            event = event[middle:]
        await connection.write(event)


async def trickle(connection: Connection, pause: float) -> None:
    """One byte of a comment now and then: the connection lives and says nothing."""
    while not connection.gone.is_set():
        await connection.write(b":")
        try:
            async with asyncio.timeout(pause):
                await connection.gone.wait()
        except TimeoutError:
            continue


async def endless_line(connection: Connection) -> None:
    """Data as fast as the client takes it, and never the end of its line."""
    await connection.write(b"data: ")
    sent = 0
    while not connection.gone.is_set() and sent < ENDLESS:
        await connection.write(PIECE)
        sent += len(PIECE)
    await connection.cut()


def is_token(event: bytes) -> bool:
    """A delta of text or of arguments, in either dialect."""
    if event.startswith(b"event:"):
        kind = event[: event.index(b"\n")]
        return kind.endswith(DELTA) and b"reasoning" not in kind
    return b'"delta":{"content":"' in event or b'"function":{"arguments":' in event


class BrokenBody(Response):
    """Half of a plain answer: as if it were whole, or with the rest announced and never sent."""

    def __init__(self, body: bytes, *, announced: bool) -> None:
        self.status_code = 200
        self.background = None
        self._whole = body
        self._announced = announced

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        half = self._whole[: len(self._whole) // 2]
        length = len(self._whole) if self._announced else len(half)
        connection = Connection(scope, receive, send, lambda: None)
        try:
            await connection.start(200, [JSON_HEADERS, (b"content-length", str(length).encode())])
            await connection.write(half, more=self._announced)
            if self._announced:
                await connection.cut()
        finally:
            connection.close()
