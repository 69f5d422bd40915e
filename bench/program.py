"""Programs that a contender runs, started beside the stack and ended with it."""

import asyncio
import signal
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from local.keeper import FIRST_PAUSE
from local.process import Child, Program

READY_SECONDS = 90.0  # a peer's first start makes its tables
READY_POLL = 0.1


class ProgramFailedError(Exception):
    """A contender's program did not come up; the message has its last lines."""


class Running:
    """One program; `restart` brings it back after a kill, as a supervisor would."""

    def __init__(self, program: Program, log: Path) -> None:
        self._program = program
        self._log = log
        self._child: Child | None = None
        self._words: deque[str] = deque(maxlen=30)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        if self._child is None:
            raise ProgramFailedError(f"{self._program.name} does not run.")
        return self._child.pid

    async def start(self) -> None:
        file = self._log.open("a", encoding="utf-8")

        def take(line: str) -> None:
            self._words.append(line)
            file.write(line + "\n")
            file.flush()

        self._child = await Child.started(self._program, take)
        deadline = time.monotonic() + READY_SECONDS
        while not await self._program.ready():
            if self._child.returncode is not None or time.monotonic() > deadline:
                await self.stop()
                said = "\n".join(self._words)
                raise ProgramFailedError(f"{self._program.name} did not come up:\n{said}")
            await asyncio.sleep(READY_POLL)

    async def crash(self) -> None:
        """Kill it, and start it again as our own supervisor would."""
        if self._child is not None:
            self._child.send(signal.SIGKILL)
            await self._child.exited()
        await asyncio.sleep(FIRST_PAUSE)
        await self.start()

    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()
            await self._child.exited()
            self._child = None


def program(
    name: str,
    argv: tuple[str, ...],
    env: Mapping[str, str],
    ready: Callable[[], Awaitable[bool]],
    cwd: Path,
) -> Program:
    """A peer may take long to end; it holds nothing that we keep."""
    return Program(name=name, argv=argv, env=env, ready=ready, cwd=cwd, stop_seconds=5.0)
