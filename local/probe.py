"""Whether something answers on a loopback port; no HTTP library, to keep the start quick."""

import asyncio
from contextlib import suppress

from local.ports import HOST

# An edge that is being replaced leaves the request in the held socket's queue for this long.
ANSWER_SECONDS = 10.0


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
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                request = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode("ascii"))
                status = await reader.readline()
            finally:
                await _close(writer)
    except (OSError, ValueError):  # TimeoutError is an OSError
        return False
    return status.split()[1:2] == [b"200"]


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
