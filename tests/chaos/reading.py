"""A reader of our own: plain sockets, and a note of exactly what each connection saw."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

from models.payloads.events import START, TURN_ENDS, EventId
from tests.chaos.evidence import Connection, Frame, Seen

CONNECT_SECONDS = 10.0
# The edge says something every 15 s: longer silence is a connection that nobody holds.
SILENCE = 40.0
FIRST_RETRY = 0.1
LONGEST_RETRY = 5.0
MOST_HEADER_LINES = 100


class BrokenStreamError(Exception):
    """What came was no stream; the connection is over."""


class Events:
    """Server-sent events out of bytes, however they are cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self.retry: float | None = None

    def feed(self, data: bytes, at: float) -> list[Frame]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        frames = []
        for line in lines:
            if line:
                self._lines.append(line)
            elif (frame := self._frame(at)) is not None:
                frames.append(frame)
        return frames

    def _frame(self, at: float) -> Frame | None:
        fields = {"id": b"", "event": b"", "data": b""}
        for line in self._lines:
            name, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if name == b"retry":
                self.retry = int(value) / 1000
            elif (key := name.decode()) in fields:
                fields[key] += value
        self._lines.clear()
        if not fields["data"]:
            return None
        return Frame(at, fields["id"].decode(), fields["event"].decode(), fields["data"])


class Reader:
    """Follows a conversation until so many turns have ended, over any number of connections."""

    def __init__(
        self,
        api: str,
        headers: Mapping[str, str],
        conversation_id: UUID,
        *,
        name: str,
        turns: int = 1,
        after: EventId = START,
        until_idle: bool = False,
    ) -> None:
        address = urlsplit(api)
        self.seen = Seen(name, conversation_id)
        self.opened = asyncio.Event()
        self._progress = asyncio.Event()
        self._host, self._port = address.hostname or "", address.port or 80
        self._headers = dict(headers)
        self._turns = turns
        self._ends = 0
        self._last = after
        self._until_idle = until_idle
        self._retry = FIRST_RETRY

    async def run(self) -> Seen:
        """Until everything was seen. Cancel it to give up."""
        while not self.seen.finished:
            connection = Connection(self._last, asyncio.get_running_loop().time())
            self.seen.connections.append(connection)
            try:
                await self._follow(connection)
            except (OSError, EOFError, TimeoutError, BrokenStreamError, ValueError) as error:
                connection.ending = f"{type(error).__name__}: {error}"
            finally:
                connection.closed_at = asyncio.get_running_loop().time()
            if not self.seen.finished:
                await asyncio.sleep(self._retry)
        return self.seen

    async def _follow(self, connection: Connection) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(self._request())
            status, headers = await _head(reader)
            connection.status = status
            connection.opened_at = asyncio.get_running_loop().time()
            if status == 204:
                self.seen.finished, connection.ending = self._until_idle, "204"
                return
            if status != 200 or headers.get("transfer-encoding") != "chunked":
                raise BrokenStreamError(f"status {status}, {headers.get('content-type')}")
            self.opened.set()
            await self._take(reader, connection)
        finally:
            writer.close()

    def _request(self) -> bytes:
        until = "?until=idle" if self._until_idle else ""
        path = f"/v1/conversations/{self.seen.conversation_id}/events{until}"
        lines = [f"GET {path} HTTP/1.1", f"Host: {self._host}:{self._port}"]
        headers = {**self._headers, "Accept": "text/event-stream", "Connection": "close"}
        if self._last > START:
            headers["Last-Event-ID"] = str(self._last)
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    async def _take(self, reader: asyncio.StreamReader, connection: Connection) -> None:
        events = Events()
        while data := await _chunk(reader):
            for frame in events.feed(data, asyncio.get_running_loop().time()):
                connection.frames.append(frame)
                self._note(frame)
            if events.retry is not None:
                self._retry = min(max(events.retry, FIRST_RETRY), LONGEST_RETRY)
            if self.seen.finished:
                connection.complete = True
                return
        connection.ending = "ended by the edge"

    def expect(self, turns: int) -> None:
        """Say after how many ends everything was seen."""
        self._turns = turns
        self._judge()

    async def until(self, seconds: float, kind: str, count: int = 1) -> Frame:
        """The newest event of that kind, once so many came. TimeoutError."""
        async with asyncio.timeout(seconds):
            while len(found := [one for one in self.seen.frames if one.kind == kind]) < count:
                self._progress.clear()
                await self._progress.wait()
        return found[-1]

    async def ended(self, seconds: float, turns: int = 1) -> None:
        """Wait until so many turns have ended. TimeoutError."""
        async with asyncio.timeout(seconds):
            while self._ends < turns:
                self._progress.clear()
                await self._progress.wait()

    def _note(self, frame: Frame) -> None:
        if frame.id:
            self._last = max(self._last, EventId.parse(frame.id))
        self._ends += frame.kind in TURN_ENDS
        self._judge()
        self._progress.set()

    def _judge(self) -> None:
        self.seen.finished = self._ends >= self._turns and not self._until_idle


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    async with asyncio.timeout(SILENCE):
        start = await reader.readline()
        if not start:
            raise EOFError("closed before it answered")
        status = int(start.split()[1])
        headers: dict[str, str] = {}
        for _ in range(MOST_HEADER_LINES):
            line = (await reader.readline()).decode("latin-1").strip()
            if not line:
                return status, headers
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    raise BrokenStreamError("too many headers")


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    """The next chunk of the body; empty at its end."""
    async with asyncio.timeout(SILENCE):
        line = await reader.readline()
        if not line:
            raise EOFError("cut")
        size = int(line.split(b";")[0], 16)
        data = await reader.readexactly(size + 2)
    return data[:-2]
