"""The worker's side of a nursery: starts it, hands it files, and notes how they ended."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import structlog

from adapters.parsing.confinement import die_with_parent
from models.errors import UnavailableError

_ROOT = Path(__file__).resolve().parents[2]
_MESSAGE_BYTES = 4_096
_CHUNK = 1024 * 1024
# A killed child is gone in milliseconds; a nursery that does not say so is killed too.
_BURIAL_SECONDS = 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended; memory at its peak in bytes, CPU in seconds."""

    code: int
    memory: int
    cpu: float


class Keeper:
    """One nursery and the jobs that it has; belongs to the event loop that it is made in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: dict[int, asyncio.Future[Ended]] = {}
        self._last = 0
        self.alive = True
        self.isolated: bool | None = None
        """Whether the kernel keeps children off the network; None: not said yet."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _started(theirs)
        self._control.setblocking(False)  # noqa: FBT003 - the library's own manner
        self._loop.add_reader(self._control, self._hear)

    async def run(
        self, message: dict[str, Any], data: list[bytes], output: int
    ) -> tuple[bytes, Ended]:
        """What the child says to `data`, and how it ended. Whatever ends the wait ends the child.

        UnavailableError parser_unavailable when the nursery died: the file may be given again.
        """
        self._last += 1
        job = self._last
        ended = self._jobs[job] = self._loop.create_future()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - the library's own manner
        try:
            with theirs:
                self._send({**message, "job": job}, theirs.fileno())
            said = await self._talk(ours, data, output)
            return said, await ended
        finally:
            ours.close()
            if not ended.done():
                await self._end(job, ended)
            del self._jobs[job]

    def close(self) -> None:
        """End it with all its children. Does nothing the second time."""
        if not self.alive:
            return
        self.alive = False
        if not self._loop.is_closed():
            self._loop.remove_reader(self._control)
        self._control.close()
        # Its children die with it; it has nothing to save.
        self._process.kill()
        self._process.wait()
        for job in self._jobs.values():
            if not job.done() and not self._loop.is_closed():
                job.set_exception(_gone())
                # Read here, since nobody may be waiting for it yet.
                job.exception()

    def _send(self, message: dict[str, Any], *descriptors: int) -> None:
        try:
            socket.send_fds(self._control, [orjson.dumps(message)], descriptors)
        except OSError as error:
            self.close()
            raise _gone() from error

    async def _talk(self, connection: socket.socket, data: list[bytes], output: int) -> bytes:
        # A child that died early has left an answer, or tells by how it ended.
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in data:
                await self._loop.sock_sendall(connection, part)
            connection.shutdown(socket.SHUT_WR)
        said = bytearray()
        with suppress(ConnectionResetError):
            while (part := await self._loop.sock_recv(connection, _CHUNK)) and len(said) <= output:
                said += part
        return bytes(said)

    async def _end(self, job: int, ended: "asyncio.Future[Ended]") -> None:
        try:
            self._send({"end": job})
            async with asyncio.timeout(_BURIAL_SECONDS):
                await asyncio.shield(ended)
        except (UnavailableError, TimeoutError):
            self.close()

    def _hear(self) -> None:
        try:
            said = self._control.recv(_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            log.warning("parsing.nursery_died")
            self.close()
            return
        message = orjson.loads(said)
        if "job" not in message:
            self.isolated = message["isolated"]
            if not self.isolated:
                log.warning("parsing.network_not_isolated")
            return
        waiting = self._jobs.get(message["job"])
        if waiting and not waiting.done():
            waiting.set_result(Ended(message["code"], message["memory"], message["cpu"]))


def _started(theirs: socket.socket) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own module, under our own interpreter
        [sys.executable, "-B", "-m", "adapters.parsing.nursery", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd=_ROOT,
        env=_environment(),
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - one call of the C library, no lock taken
    )


def _gone() -> UnavailableError:
    return UnavailableError(
        "The process that reads files ended; it is started again.", code="parser_unavailable"
    )


def _environment() -> dict[str, str]:
    """Nothing of ours: the environment holds keys. Nothing to run but a text recogniser."""
    return {
        "PYTHONPATH": str(_ROOT),
        "PYTHONHASHSEED": "0",
        "LANG": "C.UTF-8",
        "PATH": "/nonexistent",
        "TESSERACT": shutil.which("tesseract") or "",
        "TESSDATA_PREFIX": os.environ.get("TESSDATA_PREFIX", ""),
        # A pool of threads does not live through a fork; a child has one core anyway.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
        "HF_HUB_OFFLINE": "1",
    }
