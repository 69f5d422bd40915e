"""Whether something answers on a loopback port; no HTTP library, to keep the start quick."""

import asyncio
from contextlib import suppress

from local.ports import HOST

# An edge that is being replaced leaves the request in the held socket's queue for this long.
ANSWER_SECONDS = 10.0
LONGEST_ANSWER = 1 << 20  # bytes


async def answers(port: int) -> bool:
    """Whether a connection is accepted."""
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    await _close(writer)
    return True


async def healthy(port: int, path: str = "/healthz") -> bool:
    """Whether a GET of that path is answered with 200."""
    return await fetched(port, path) is not None


async def fetched(port: int, path: str) -> bytes | None:
    """The body of a GET, when it is answered with 200."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                # 1.0: the body ends with the connection, and never comes in chunks.
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
                answer = await reader.read(LONGEST_ANSWER)
                while not reader.at_eof() and len(answer) < LONGEST_ANSWER:
                    answer += await reader.read(LONGEST_ANSWER - len(answer))
            finally:
                await _close(writer)
    except OSError:  # a TimeoutError is one
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if head.split()[1:2] == [b"200"] else None


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
