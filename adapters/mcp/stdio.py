"""A server as a child of ours: lines of JSON over its pipes, bounded, and killed with its group."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
from mcp.client._transport import TransportStreams
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from adapters.child_process import gone
from adapters.mcp.program import Command
from adapters.mcp.wire import MOST_BYTES, Meter

_LAUNCH = Path(__file__).with_name("launch.py")
_GRACE = 0.5  # seconds between the end of its input and its own end


@asynccontextmanager
async def spoken(command: Command, meter: Meter) -> AsyncIterator[TransportStreams]:
    """A transport for the SDK's client. OSError when there is no such program. The SDK's own
    keeps lines of any length, and hands on our HOME and USER."""
    with tempfile.TemporaryDirectory(prefix="holdfast-mcp-") as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_LAUNCH), str(command.megabytes), *command.program),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # What it logs may hold anything, and would fill ours.
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.environ.get("PATH", os.defpath), **command.environment},
            cwd=folder,
            start_new_session=True,
            limit=MOST_BYTES,
        )
        try:
            async with _streams(process, meter) as streams:
                yield streams
        finally:
            await _end(process)


@asynccontextmanager
async def _streams(
    process: asyncio.subprocess.Process, meter: Meter
) -> AsyncIterator[TransportStreams]:
    incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, sent = anyio.create_memory_object_stream[SessionMessage](0)

    async def read() -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        async with incoming:
            with suppress(OSError, anyio.BrokenResourceError):
                while line := await _line(process.stdout, meter):
                    await incoming.send(_message(line))

    async def write() -> None:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):
            async for message in sent:
                text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode() + b"\n")
                await process.stdin.drain()

    tasks = [asyncio.create_task(read()), asyncio.create_task(write())]
    try:
        yield received, outgoing
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stream in (incoming, received, outgoing, sent):
            stream.close()


async def _line(stream: asyncio.StreamReader, meter: Meter) -> bytes:
    """Empty at the end."""
    try:
        line = await stream.readline()
    except ValueError:
        # Longer than the stream's limit, which is the meter's.
        meter.take(MOST_BYTES + 1)
        raise
    meter.take(len(line))
    return line


def _message(line: bytes) -> SessionMessage | Exception:
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        # Its children have its group, and may outlive it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await gone(process)
