"""One that hangs, dies or answers short costs the others little, and is told of."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.answer import Answer, now
from bench.client import Connection, Request
from bench.contender import Kind
from bench.load import FAILURES_IN_A_ROW, Round, Shape, drive

SHAPE = Shape(tokens=3, gap_ms=1.0)
Writes = Callable[[asyncio.StreamWriter], None]


@dataclass(frozen=True)
class Served:
    """A contender behind a port."""

    port: int
    name: str = "somebody"
    kind: Kind = Kind.PEER
    servers: Sequence[str] = ()

    async def conversation(self, connection: Connection) -> str:
        return ""

    def ask(self, conversation: str, content: str) -> Request:
        return Request("POST", "/ask", json.dumps({"content": content}).encode())

    def processes(self) -> Mapping[str, Sequence[int]]:
        return {}

    async def crash(self) -> None: ...

    def resume(self, conversation: str, answer: Answer) -> Request | None:
        return None


def says(tokens: int) -> Writes:
    def write(writer: asyncio.StreamWriter) -> None:
        body = b"".join(b"t%d " % (now() + number) for number in range(tokens))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    return write


@asynccontextmanager
async def served(write: Writes) -> AsyncIterator[Served]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readuntil(b"\r\n\r\n")) and await reader.read(65_536):
            write(writer)
            if writer.is_closing():
                return

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    try:
        yield Served(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


async def driven(contender: Served, turns: int = 8) -> Round:
    return await drive(
        contender, SHAPE, clients=2, goes_on=lambda begun, _: begun < turns, pause=(0.0, 0.0)
    )


async def test_whole_answers_count() -> None:
    async with served(says(3)) as contender:
        done = await driven(contender)
    assert len(done.answers) == 8
    assert not done.failures


async def test_a_short_answer_is_a_failure() -> None:
    async with served(says(2)) as contender:
        done = await driven(contender)
    assert not done.answers
    assert "2 of 3 tokens" in done.failures[0]


async def test_one_that_is_gone_is_asked_a_few_times_only() -> None:
    async with served(says(3)) as contender:
        pass
    done = await driven(contender, turns=1_000)
    assert done.hopeless
    assert FAILURES_IN_A_ROW <= len(done.failures) < 10


async def test_one_that_hangs_up_is_given_up_too() -> None:
    async with served(lambda writer: writer.close()) as contender:
        done = await driven(contender, turns=1_000)
    assert done.hopeless
    assert "connection lost" in done.failures[0]
