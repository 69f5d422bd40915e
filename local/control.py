"""Ask a running stack to take processes down and up: one JSON line each way, over a Unix socket."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import BaseModel, Field, ValidationError

from local.errors import StackError
from local.paths import Folder
from local.supervisor import StartError, Supervisor, UnknownProcessError

LONGEST_REQUEST = 4096  # bytes
READ_SECONDS = 5.0
ANSWER_SECONDS = 90.0  # `up` waits until the process is ready
LONGEST_PATH = 100  # bytes; the kernel allows a socket's path 107


class NotRunningError(StackError):
    """No stack runs on this folder."""


class ControlError(StackError):
    """The stack refused, and said why."""


class Request(BaseModel):
    do: Literal["down", "up"]
    process: str = Field(max_length=64)
    seconds: float | None = Field(default=None, gt=0, le=86_400)


class Answer(BaseModel):
    ok: bool
    message: str = ""


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A path that fits, however deep the folder lies."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


class Control:
    """The stack's side: answers while it is entered."""

    def __init__(self, folder: Folder, supervisor: Supervisor) -> None:
        self._path = folder.control_socket
        self._supervisor = supervisor
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        _remove(self._path)
        # No other user gets here: the folder is its owner's alone.
        with _short(self._path) as path:
            self._server = await asyncio.start_unix_server(self._serve, path, limit=LONGEST_REQUEST)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        _remove(self._path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                line = await reader.readline()
            answer = await self._answer(line)
            writer.write(answer.model_dump_json().encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError) as error:
            # The asker went away, or never asked: nobody is left to tell but the log.
            self._supervisor.say(f"a control request came to nothing: {error!r}")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, line: bytes) -> Answer:
        try:
            request = Request.model_validate_json(line)
            if request.do == "down":
                await self._supervisor.down(request.process, request.seconds)
            else:
                await self._supervisor.up(request.process)
        except ValidationError:
            return Answer(ok=False, message="The request is malformed.")
        except (UnknownProcessError, StartError) as error:
            return Answer(ok=False, message=str(error))
        return Answer(ok=True)


async def ask(data: Path, request: Request) -> None:
    """The asker's side. Raises `NotRunningError` or `ControlError`."""
    folder = Folder(data)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            with _short(folder.control_socket) as path:
                reader, writer = await asyncio.open_unix_connection(path)
            writer.write(request.model_dump_json().encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
            writer.close()
    except OSError as error:
        raise NotRunningError(f"No stack runs on {folder.root}.") from error
    try:
        answer = Answer.model_validate(json.loads(line))
    except ValueError as error:
        raise NotRunningError(f"The stack on {folder.root} ended.") from error
    if not answer.ok:
        raise ControlError(answer.message)
