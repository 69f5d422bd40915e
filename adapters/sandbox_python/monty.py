"""Each program gets a process of its own, confined before it starts: Monty, an interpreter that
knows no files and no network, behind the kernel's walls."""

import asyncio
import os
import re
import signal
import sys
import sysconfig
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from adapters.child_process import gone
from adapters.sandbox_python.dialect import DIALECT
from domain.ports.sandbox import Ran
from models.errors import AppError, InvalidError, LimitError, UnavailableError

_CONFINE: Final = Path(__file__).with_name("confine.py")
_PROGRAM: Final = "/proc/self/fd/0"
_NAME: Final = "program.py"
# What the interpreter says before a value, or before what went wrong.
_VERDICT: Final = re.compile(r"^[0-9.]+(?:ns|[µμ]s|ms|s) ❯ (error: )?", re.MULTILINE)
_NO_NAME: Final = re.compile(r"unknown external function: (\w{1,60})\(.*", re.DOTALL)
_PARTS: Final = 64 * 1024
# The walls could not be built, or there is no interpreter.
_NEVER_BEGAN: Final = frozenset({126, 127})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one program may take."""

    # Enough for a million steps; a person waits.
    time: timedelta = timedelta(seconds=5)
    # Of sleeping, which the interpreter does not count as time.
    sleep: timedelta = timedelta(seconds=1)
    # To start, and to be told of its own end, on a machine with other work.
    spare: timedelta = timedelta(seconds=5)
    memory: int = 64 * 1024**2
    # The whole process: the interpreter's own 50 MB, and what it needs before it notices.
    address_space: int = 512 * 1024**2
    depth: int = 500
    """Calls inside calls."""
    output: int = 20_000
    """Characters that a model reads of what is printed, and of a value."""
    code: int = 50_000
    at_once: int = max(1, os.cpu_count() or 1)
    waiting: int = 32
    """That may wait for a place; others are told to come again."""


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int
    out: bytes
    err: bytes
    cut: bool


class MontySandbox:
    """Implements `domain.ports.sandbox.Sandbox`. Belongs to one event loop."""

    dialect = DIALECT

    def __init__(self, limits: Limits | None = None, *, binary: Path | None = None) -> None:
        self._limits = limits or Limits()
        self._binary = binary or Path(sysconfig.get_path("scripts")) / "monty"
        self._places = asyncio.Semaphore(self._limits.at_once)
        self._waiting = 0
        self._looked = False

    async def run(self, code: str) -> Ran:
        limits = self._limits
        if len(code) > limits.code or "\x00" in code:
            raise InvalidError(
                f"A program has at most {limits.code} characters, none of them NUL.",
                code="sandbox_code",
            )
        if self._waiting >= limits.waiting:
            raise LimitError("Too many programs run now.", code="sandbox_full")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            if not self._looked:
                self._looked = True
                await self._look()
            return self._judged(await self._ended(code))
        finally:
            self._places.release()

    async def layers(self) -> dict[str, bool]:
        """Which of the walls this machine's kernel has."""
        process = await self._spawn(("--layers",), asyncio.subprocess.DEVNULL)
        try:
            said, _ = await process.communicate()
        finally:
            await _buried(process)
        lines = [line.split() for line in said.decode().splitlines()]
        return {name: stands == "1" for name, stands in lines}

    async def _look(self) -> None:
        missing = [name for name, stands in (await self.layers()).items() if not stands]
        if missing:
            # Monty refuses all the same; the operator should know that it stands alone there.
            log.warning("sandbox.walls_missing", missing=missing)

    async def _ended(self, code: str) -> _Ended:
        limits = self._limits
        within = (limits.time + limits.sleep + limits.spare).total_seconds()
        # A file that is nowhere: Landlock lets nothing be read that has a path.
        file = os.memfd_create("program")
        try:
            os.write(file, code.encode("utf-8", "replace"))
            process = await self._spawn((str(self._binary), *self._flags(), _PROGRAM), file)
        finally:
            os.close(file)
        try:
            async with asyncio.timeout(within):
                return await self._heard(process)
        except TimeoutError:
            raise self._too_long() from None
        finally:
            await _buried(process)

    async def _spawn(self, command: tuple[str, ...], stdin: int) -> Process:
        limits = self._limits
        seconds = int(limits.time.total_seconds()) + 1
        try:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", "-B", str(_CONFINE)),
                *(str(limits.address_space), str(seconds)),
                *command,
                stdin=stdin,
                stdout=PIPE,
                stderr=PIPE,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            log.error("sandbox.away", error=type(error).__name__)  # noqa: TRY400 - no more to say
            raise _away() from error

    def _flags(self) -> tuple[str, ...]:
        limits = self._limits
        return (
            *("--max-feed-duration", f"{limits.time.total_seconds():g}"),
            *("--max-memory", str(limits.memory)),
            *("--max-recursion-depth", str(limits.depth)),
            *("--max-sleep", f"{limits.sleep.total_seconds():g}"),
            *("--max-total-sleep", f"{limits.sleep.total_seconds():g}"),
        )

    async def _heard(self, process: Process) -> _Ended:
        # Four bytes a character, and the interpreter's own words.
        most = 4 * self._limits.output + 4_096
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - piped
        out, err = await asyncio.gather(
            _read(process.stdout, most, process), _read(process.stderr, most, process)
        )
        cut = max(len(out), len(err)) > most
        return _Ended(await process.wait(), out[:most], err[:most], cut)

    def _judged(self, ended: _Ended) -> Ran:
        output, cut = _cut(ended.out.decode("utf-8", "replace"), self._limits.output)
        if ended.cut:
            return Ran(output, None, "It printed too much, and was stopped.", cut=True)
        said = ended.err.decode("utf-8", "replace").replace(_PROGRAM, _NAME).removesuffix("\n")
        if ended.code == -signal.SIGXCPU:
            raise self._too_long()
        if ended.code not in {0, 1}:
            raise self._broken(ended.code, said)
        *_, found = (None, *_VERDICT.finditer(said))
        value = said[found.end() :] if found is not None else said
        if ended.code == 0 and found is not None and found[1] is None:
            text, value_cut = _cut(value, self._limits.output)
            shown = None if text == "None" else text
            return Ran(_together(output, said[: found.start()]), shown, cut=cut or value_cut)
        return Ran(output, None, self._error(value), cut=cut)

    def _error(self, said: str) -> str:
        """What the program did wrong, unless it was a limit."""
        last = said.rpartition("\n")[2]
        if last.startswith("MemoryError: memory limit exceeded"):
            raise LimitError(
                f"The program needs more than {self._limits.memory // 1024**2} MB.",
                code="sandbox_memory",
            )
        if last.startswith("TimeoutError: feed time limit exceeded"):
            raise self._too_long()
        undefined = _NO_NAME.sub(r"NameError: name '\1' is not defined", said)
        return undefined.removeprefix("error:").strip()[-2_000:]

    def _too_long(self) -> LimitError:
        seconds = self._limits.time.total_seconds()
        return LimitError(f"The program takes more than {seconds:g} s.", code="sandbox_time")

    def _broken(self, code: int, said: str) -> AppError:
        if code in _NEVER_BEGAN:
            log.error("sandbox.away", code=code, said=said[:200])
            return _away()
        # It could have no more memory and ended itself, or the kernel ended it.
        log.warning("sandbox.ended", code=code, said=said[:200])
        return LimitError("The program needs more than it may have.", code="sandbox_memory")


async def _read(stream: asyncio.StreamReader, most: int, process: Process) -> bytes:
    """Up to a little more than `most`; then the program is ended."""
    found = bytearray()
    while part := await stream.read(_PARTS):
        found += part
        if len(found) > most:
            _kill(process)
            break
    return bytes(found)


async def _buried(process: Process) -> None:
    """Whatever happened, nobody is left, nor a pipe."""
    _kill(process)
    await asyncio.shield(gone(process))


def _kill(process: Process) -> None:
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            if process.returncode is None:
                kill(process.pid, signal.SIGKILL)


def _cut(text: str, most: int) -> tuple[str, bool]:
    return text[:most], len(text) > most


def _together(output: str, more: str) -> str:
    """What went to the other stream comes after."""
    return "\n".join(part for part in (output, more.strip()) if part)


def _away() -> UnavailableError:
    return UnavailableError("Programs cannot run here now.", code="sandbox_away")
