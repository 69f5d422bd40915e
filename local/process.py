"""One child process: started, listened to, stopped; it never outlives us."""

import asyncio
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from local.paths import PROJECT

PR_SET_PDEATHSIG = 1
LONGEST_LINE = 16_384  # bytes; a longer line is cut up, so that no line can fill the memory
PIPE_SECONDS = 0.2  # for the last lines of a process that has ended
LAST_WORDS = 30  # lines kept of each process, shown when it does not come up

OWN_NAME = "holdfast"  # among the processes' names, for what the stack itself has to say
Show = Callable[[str, str], None]  # name of the process, line


async def always_ready() -> bool:
    return True


@dataclass(frozen=True)
class Program:
    """What to run, how to tell that it is ready, and how to end it."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]] = always_ready
    count: int = 1
    pass_fds: tuple[int, ...] = ()
    cwd: Path = PROJECT
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    # For outages, and for a parent that died: at once, yet leaving nothing behind.
    crash_signal: signal.Signals = signal.SIGKILL


def _prctl() -> Callable[[int, int], int] | None:
    if sys.platform != "linux":
        return None
    call = ctypes.CDLL(None, use_errno=True).prctl
    return lambda option, value: int(call(option, value))


_PRCTL = _prctl()


def tie_to_parent() -> None:
    """End this very process, in order, when its parent is gone."""
    if _PRCTL is not None:
        _PRCTL(PR_SET_PDEATHSIG, signal.SIGTERM)


def _tied(program: Program, parent: int) -> Callable[[], None]:
    """Ask the kernel to signal the child when the thread that forked it is gone."""

    def prepare() -> None:
        if _PRCTL is not None:
            _PRCTL(PR_SET_PDEATHSIG, program.crash_signal)
            if os.getppid() != parent:  # died before we asked
                os._exit(1)

    return prepare


class _Pump(asyncio.Protocol):
    """Cuts what a child writes into lines; always reads, so a child never waits for us."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = b""
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            for start in range(0, len(line) or 1, LONGEST_LINE):
                self._give(line[start : start + LONGEST_LINE])
        while len(self._rest) > LONGEST_LINE:
            self._give(self._rest[:LONGEST_LINE])
            self._rest = self._rest[LONGEST_LINE:]

    def connection_lost(self, _: Exception | None) -> None:
        if self._rest:
            self._give(self._rest)
            self._rest = b""
        self.ended.set()

    def _give(self, line: bytes) -> None:
        self._take(line.decode("utf-8", "replace").rstrip("\r"))


class Child:
    """A running `Program`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        program: Program,
        pipe: asyncio.ReadTransport,
        pump: _Pump,
    ) -> None:
        self._process = process
        self._pipe = pipe
        self._pump = pump
        self.program = program
        self.last_words: deque[str] = deque(maxlen=LAST_WORDS)

    @classmethod
    async def started(cls, program: Program, take: Callable[[str], None]) -> "Child":
        """Start it, each line of its output going to `take`."""
        loop = asyncio.get_running_loop()
        child: Child | None = None
        waiting: deque[str] = deque(maxlen=LAST_WORDS)

        def heard(line: str) -> None:
            (waiting if child is None else child.last_words).append(line)
            take(line)

        # A pipe of our own: asyncio's would make `wait` wait for grandchildren that hold it open.
        reading, writing = os.pipe()
        pipe, pump = await loop.connect_read_pipe(lambda: _Pump(heard), os.fdopen(reading, "rb", 0))
        try:
            process = await asyncio.create_subprocess_exec(
                *program.argv,
                env=dict(program.env),
                cwd=program.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                pass_fds=program.pass_fds,
                # A session of its own: Ctrl-C reaches us alone, and we stop the rest in order.
                start_new_session=True,
                preexec_fn=_tied(program, os.getpid()),
            )
        except BaseException:
            pipe.close()
            raise
        finally:
            os.close(writing)
        child = cls(process, program, pipe, pump)
        child.last_words.extend(waiting)
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def exited(self) -> int:
        """Wait for the end; minus the signal's number when a signal ended it."""
        code = await self._process.wait()
        with suppress(TimeoutError):  # a grandchild may hold the pipe open
            await asyncio.wait_for(self._pump.ended.wait(), PIPE_SECONDS)
        self._pipe.close()
        return code

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self) -> None:
        """Ask it to end; insist after the time that its program states."""
        if self.returncode is not None:
            return
        self.send(self.program.stop_signal)
        try:
            async with asyncio.timeout(self.program.stop_seconds):
                await self._process.wait()
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self._process.wait()


async def finished(program: Program, seconds: float) -> tuple[int, str]:
    """Run a program to its end, at most so long: its exit code and its output."""
    said: list[str] = []
    child = await Child.started(program, said.append)
    try:
        async with asyncio.timeout(seconds):
            return await child.exited(), "\n".join(said)
    finally:
        await child.stop()


def ending(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
