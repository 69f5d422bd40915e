"""Streams by themselves: how they end, what they hold, and in which line they are opened."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from starlette.types import Message

from api import streams
from api.connection import SEND_BUFFER, Connection
from api.metrics import Metrics
from api.pulse import Pulse
from api.streaming import STREAM, EventStream, Stream
from api.streams import Streams
from models.payloads.events import EventId, TextDelta
from tests.api.conftest import Scene

REQUEST: dict[str, Any] = {"type": "http", "method": "GET", "path": "/v1/conversations/1/events"}


class Endless:
    """Frames as long as anybody asks."""

    def __init__(self, frame: bytes = b"data: x\n\n") -> None:
        self.frame = frame
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield self.frame

    async def aclose(self) -> None:
        self.closed = True


class Silent(Endless):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        await asyncio.get_running_loop().create_future()
        yield b""


class Reader:
    """An ASGI client: takes what is sent until it is told to take nothing, or leaves."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.taking = asyncio.Event()
        self.taking.set()
        self.left = asyncio.Event()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.taking.wait()
        self.got.append(message)


def a_stream(frames: Endless, ping: float = 60, slow_write: float = 60) -> Stream:
    return Stream(frames, Metrics(), ping, slow_write)


async def test_a_reader_that_blocks_one_write_for_too_long_is_dropped() -> None:
    frames, reader, stuck = Endless(), Reader(), Reader()
    metrics = Metrics()
    stuck.taking.clear()
    pulse = Pulse()
    lasting = asyncio.create_task(
        a_stream(Endless(), slow_write=0.05).run(reader.receive, reader.send, pulse)
    )
    slow = Stream(frames, metrics, ping=0.01, slow_write=0.05)
    async with asyncio.timeout(10):
        await slow.run(stuck.receive, stuck.send, pulse)
    assert (slow.slow, frames.closed, stuck.got) == (True, True, [])
    assert "holdfast_slow_readers_total 1.0" in metrics.text().decode()
    assert not lasting.done()
    reader.left.set()
    await lasting


@pytest.mark.parametrize("kind", [Endless, Silent])
async def test_a_stream_ends_with_its_reader(kind: type[Endless]) -> None:
    frames, reader, metrics = kind(), Reader(), Metrics()
    running = asyncio.create_task(
        Stream(frames, metrics, 60, 60).run(reader.receive, reader.send, Pulse())
    )
    async with asyncio.timeout(10):
        while not reader.got:  # noqa: ASYNC110 - the stream is another task
            await asyncio.sleep(0)
        assert "holdfast_open_streams 1.0" in metrics.text().decode()
        reader.left.set()
        await running
    assert frames.closed
    assert "holdfast_open_streams 0.0" in metrics.text().decode()


async def test_a_streams_own_cancellation_is_not_taken_for_its_readers() -> None:
    frames, reader = Silent(), Reader()
    running = asyncio.create_task(a_stream(frames).run(reader.receive, reader.send, Pulse()))
    while not reader.got:  # noqa: ASYNC110 - the stream is another task
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    assert running.cancelled()
    assert frames.closed


async def test_thousands_that_come_together_are_told_to_come_back_further_apart() -> None:
    class Another:
        patience = 60.0

        def tick(self, now: float) -> None:
            """One of thousands."""

    pulse, longest = Pulse(), 0
    for _ in range(3_000):
        pulse.add(Another())
    for _ in range(100):
        reader = Reader()
        running = asyncio.create_task(a_stream(Silent()).run(reader.receive, reader.send, pulse))
        while not reader.got:  # noqa: ASYNC110 - the stream is another task
            await asyncio.sleep(0)
        reader.left.set()
        await running
        longest = max(longest, int(reader.got[0]["body"].split()[1]))
    assert 1_000 < longest <= 4_001


async def test_streams_are_opened_in_line_and_other_requests_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "OPENINGS", 2)
    monkeypatch.setattr(streams, "LINE", 3)
    edge, reader = Streams(), Reader()
    going_on = asyncio.Event()
    opened: list[str] = []

    async def app(scope: Any, *_: Any) -> None:  # noqa: ANN401 - ASGI
        opened.append(scope["name"])
        if scope["name"] != "other":
            await going_on.wait()

    def ask(name: str, path: str = "/v1/runs/1/events") -> asyncio.Task[None]:
        scope = {**REQUEST, "path": path, "name": name}
        return asyncio.create_task(edge.serve(app, scope, reader.receive, reader.send))

    asking = [ask(str(number)) for number in range(5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await ask("other", "/v1/conversations")
    assert opened == ["0", "1", "other"]
    # The line is full.
    await ask("6")
    assert reader.got[0]["status"] == 503
    assert (b"retry-after", b"10") in reader.got[0]["headers"]
    going_on.set()
    await asyncio.gather(*asking)
    assert opened[3:] == ["2", "3", "4"]


async def test_a_stream_that_nobody_runs_is_closed() -> None:
    frames, reader = Endless(), Reader()

    async def failing(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        response = EventStream(frames, metrics=Metrics(), ping=60, slow_write=60)
        await response(scope, receive, send)
        raise RuntimeError("on the way out")

    with pytest.raises(RuntimeError):
        await Streams().serve(failing, dict(REQUEST), reader.receive, reader.send)
    assert frames.closed


async def test_a_failure_amid_a_stream_ends_it_alone() -> None:
    reader = Reader()

    class Broken(Endless):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"data: x\n\n"
            raise RuntimeError("amid")

    frames = Broken()

    async def app(scope: Any, *_: Any) -> None:  # noqa: ANN401 - ASGI
        scope["state"] = {"request_id": "one"}
        scope[STREAM] = a_stream(frames)

    await Streams().serve(app, {**REQUEST, "headers": []}, reader.receive, reader.send)
    assert frames.closed
    assert all(message.get("more_body") for message in reader.got)


async def test_what_waits_for_a_reader_is_bounded_and_it_is_cut_off(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real socket, by a real server: closing alone would wait for the reader for ever."""
    seen: list[Connection] = []
    bound = Connection.bound

    def watched(self: Connection) -> None:
        bound(self)
        seen.append(self)

    monkeypatch.setattr(Connection, "bound", watched)
    monkeypatch.setattr("api.dependencies.Edge.stream", impatient)
    conversation, turn = await scene.conversation(), uuid4()
    for sequence in range(1, 40):
        event = TextDelta(step=1, text="x" * 50_000)
        await scene.fakes.feed.add(scene.log(conversation), turn, EventId(1, sequence), event)
    address = scene.client.base_url
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        stuck.setblocking(False)  # noqa: FBT003 - the standard library's
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stuck, (address.host, address.port))
        asked = f"GET /v1/conversations/{conversation}/events HTTP/1.1\r\nhost: x\r\n"
        asked += "".join(
            f"{name}: {scene.client.headers[name]}\r\n" for name in ("authorization", "x-space-id")
        )
        await loop.sock_sendall(stuck, f"{asked}\r\n".encode())
        async with asyncio.timeout(10):
            while not (seen and scene.fakes.feed.following):  # noqa: ASYNC110 - the server is another task
                await asyncio.sleep(0.01)
            transport = seen[0]._transport
            held = transport.get_extra_info("socket").getsockopt(
                socket.SOL_SOCKET, socket.SO_SNDBUF
            )
            assert held <= 2 * SEND_BUFFER
            while scene.fakes.feed.following:
                assert transport.get_write_buffer_size() < 2 * 60_000
                await asyncio.sleep(0.01)
            assert transport.is_closing()
            assert transport.get_write_buffer_size() == 0
            with pytest.raises(ConnectionResetError):
                await until_cut(stuck)


async def until_cut(stuck: socket.socket) -> None:
    while await asyncio.get_running_loop().sock_recv(stuck, 65_536):
        """What had arrived before."""


def impatient(edge: Any, frames: Any, headers: Any = None) -> EventStream:  # noqa: ANN401 - as Edge.stream
    return EventStream(frames, metrics=edge.metrics, ping=60, slow_write=0.1, headers=headers)
