"""The fault tests' proxy: what passes it, and what it does to a connection."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.proxy import Direction, Proxy, Ruling, Watch

SECONDS = 30.0


@asynccontextmanager
async def echoing() -> AsyncIterator[tuple[str, asyncio.StreamReader]]:
    """A server that says everything again: its address, and what its first client told it."""
    first = asyncio.StreamReader()
    clients = itertools.count()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = asyncio.StreamReader() if next(clients) else first
        while data := await reader.read(1024):
            heard.feed_data(data)
            writer.write(data)
        heard.feed_eof()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", first


@asynccontextmanager
async def talking(
    proxy: Proxy,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        async with asyncio.timeout(SECONDS):
            yield reader, writer
    finally:
        writer.close()


async def test_what_is_sent_arrives_and_an_end_is_passed_on() -> None:
    big = b"x" * 1_000_000
    async with echoing() as (address, _), Proxy.before(address) as proxy, talking(proxy) as talk:
        reader, writer = talk
        writer.write(big)
        writer.write_eof()
        assert await reader.read(-1) == big


async def test_a_cut_resets_the_client_and_lets_new_ones_in() -> None:
    async with echoing() as (address, _), Proxy.before(address) as proxy:
        async with talking(proxy) as (reader, writer):
            writer.write(b"one")
            assert await reader.readexactly(3) == b"one"
            assert proxy.cut() == 1
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
        async with talking(proxy) as (reader, writer):
            writer.write(b"two")
            assert await reader.readexactly(3) == b"two"


async def test_while_it_refuses_nobody_comes_in() -> None:
    async with echoing() as (address, heard), Proxy.before(address) as proxy:
        proxy.refusing = True
        async with talking(proxy) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(1)
        proxy.refusing = False
        async with talking(proxy) as (_, writer):
            writer.write(b"the first")
            assert await heard.readexactly(9) == b"the first"


async def test_one_direction_can_be_stalled_alone() -> None:
    async with echoing() as (address, heard), Proxy.before(address) as proxy:
        proxy.stall("down")
        async with talking(proxy) as (reader, writer):
            writer.write(b"heard")
            answer = asyncio.create_task(reader.readexactly(5))
            assert await heard.readexactly(5) == b"heard"
            assert not answer.done()
            proxy.resume()
            assert await answer == b"heard"


async def test_a_delay_is_waited_for() -> None:
    loop = asyncio.get_running_loop()
    async with echoing() as (address, _), Proxy.before(address) as proxy, talking(proxy) as talk:
        proxy.delay(0.05)
        began = loop.time()
        talk[1].write(b"late")
        await talk[0].readexactly(4)
        assert loop.time() - began >= 0.09  # there and back, less what a clock's tick may be


@pytest.mark.parametrize(("ruling", "told"), [("pass_then_cut", b"last"), ("cut", b"")])
async def test_a_watch_decides_whether_the_server_still_hears_it(
    ruling: Ruling, told: bytes
) -> None:
    def watching() -> Watch:
        def judge(direction: Direction, _: bytes) -> Ruling:
            return ruling if direction == "up" else "drop"

        return judge

    async with (
        echoing() as (address, heard),
        Proxy.before(address, watching=watching) as proxy,
        talking(proxy) as (reader, writer),
    ):
        writer.write(b"last")
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        assert await heard.read(-1) == told


def test_an_address_keeps_everything_but_its_place() -> None:
    proxy = Proxy.before("postgresql+asyncpg://app:secret@127.0.0.1:5432/holdfast?x=1")
    proxy.port = 7
    assert proxy.server == ("127.0.0.1", 5432)
    assert proxy.instead("postgresql://app:secret@127.0.0.1:5432/holdfast?x=1") == (
        "postgresql://app:secret@127.0.0.1:7/holdfast?x=1"
    )
    assert proxy.instead("127.0.0.1:7233") == "127.0.0.1:7"
