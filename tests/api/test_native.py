"""Our own dialect, and the response that carries it."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sse_starlette import ServerSentEvent
from starlette.types import Message

from api.dialects import native
from api.metrics import Metrics
from api.streaming import EventStream
from domain import wire
from models.payloads.events import EventId, LoggedEvent, TextDelta
from tests.api.fakes import NOW

TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from('\u0085\u2028\u2029\r\n\\"'))


@given(TEXT, st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1))
def test_an_event_is_encoded_as_the_library_would_and_reads_back(
    text: str, turn: int, sequence: int
) -> None:
    logged = LoggedEvent(
        id=EventId(turn, sequence), at=NOW, turn_id=uuid4(), event=TextDelta(step=1, text=text)
    )
    event = wire.encode(logged)
    frame = native.encode(event)

    data = native.escaped(event.data)
    library = ServerSentEvent(data.decode(), event=event.kind, id=str(event.id), sep="\n")
    assert frame == library.encode()
    assert len(frame.decode().splitlines()) == 4
    assert wire.decode(data) == logged


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def endless() -> AsyncGenerator[bytes, None]:
    while True:
        yield b"x" * 100


async def test_a_reader_that_takes_nothing_is_dropped() -> None:
    async def blocked(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    metrics = Metrics()
    response = EventStream(endless(), metrics=metrics, ping=60, slow_write=0.05)
    async with asyncio.timeout(5):
        await response({"type": "http"}, never, blocked)
    assert "holdfast_slow_readers_total 1.0" in metrics.text().decode()
    assert "holdfast_open_streams 0.0" in metrics.text().decode()


async def test_a_cancelled_stream_closes_its_iterator() -> None:
    closed = asyncio.Event()

    async def waiting() -> AsyncGenerator[bytes, None]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            closed.set()

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    response = EventStream(waiting(), metrics=Metrics(), ping=0.01, slow_write=1)
    serving = asyncio.create_task(response({"type": "http"}, never, send))
    async with asyncio.timeout(5):
        while sent[-1:] != [{"type": "http.response.body", "body": native.PING, "more_body": True}]:  # noqa: ASYNC110 - the response is another task
            await asyncio.sleep(0.01)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert closed.is_set()


async def test_a_feed_that_fails_ends_its_stream_as_a_failure() -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        yield b"first"
        raise RuntimeError("feed")

    async def send(message: Message) -> None:
        del message

    response = EventStream(failing(), metrics=Metrics(), ping=60, slow_write=1)
    with pytest.raises(RuntimeError, match="feed"):
        await response({"type": "http"}, never, send)
