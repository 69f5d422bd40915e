"""Start a child for each file, give it the bytes, and outlive it."""

import asyncio
import ctypes
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog

from domain.parsing.limits import TEXT_BYTES
from domain.ports.knowledge import NewPassage
from domain.ports.parsing import ParsedDocument
from models.errors import AppError, InvalidError, TooLargeError, UnsupportedError
from models.payloads.knowledge import Chunking

_ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
# The end of what a dying child says goes to the log; it may quote the file, so not further.
_LAST_WORDS = 2_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    # Faults 20 allows 60 s in all; the kernel's CPU limit is the second net.
    time: timedelta = timedelta(seconds=60)
    memory: int = 1024**3
    # The text, with overlaps, repeated table headers and JSON around it.
    output: int = 4 * TEXT_BYTES
    # Each child may take a core: beyond that they only slow each other down.
    at_once: int = max(1, os.cpu_count() or 1)


class ChildParser:
    """A Parser whose every file has a process of its own."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._places = asyncio.Semaphore(self._limits.at_once)

    async def parse(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> ParsedDocument:
        request: dict[str, Any] = {"media_type": media_type, "name": name}
        if chunking:
            request["chunking"] = chunking.model_dump(mode="json")
        async with self._places:
            said = await self._run(media_type, orjson.dumps(request) + b"\n" + data)
        return _parsed(said)

    async def _run(self, media_type: str, data: bytes) -> bytes:
        limits = self._limits
        seconds = limits.time.total_seconds()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-B", "-m", "adapters.parsing.child", media_type),
            *(str(limits.memory), str(int(seconds) + 1), str(limits.output)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=_ROOT,
            # Nothing of ours: the environment holds keys.
            env={"PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        try:
            async with asyncio.timeout(seconds):
                out, err = await child.communicate(data)
        except TimeoutError:
            raise InvalidError(
                f"Reading the file takes more than {seconds:g} s.", code="document_parse_timeout"
            ) from None
        finally:
            await _end(child)
        if child.returncode:
            log.warning(
                "parsing.child_died",
                returncode=child.returncode,
                last_words=err[-_LAST_WORDS:].decode("utf-8", "replace"),
            )
            raise _death(child.returncode)
        return out


def _die_with_parent() -> None:
    """A killed worker leaves no child behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    await child.wait()


def _death(returncode: int) -> AppError:
    if returncode == -signal.SIGXCPU:
        return InvalidError(
            "Reading the file takes too long.",
            code="document_parse_timeout",
        )
    how = f"signal {-returncode}" if returncode < 0 else f"status {returncode}"
    return InvalidError(f"The file could not be read ({how}).", code="document_parse_failed")


def _parsed(said: bytes) -> ParsedDocument:
    answer: dict[str, Any] = orjson.loads(said)
    if "error" in answer:
        code, status, detail = answer["error"]
        kinds = {kind.status: kind for kind in (TooLargeError, UnsupportedError)}
        raise kinds.get(status, InvalidError)(detail, code=code)
    passages = [NewPassage(*fields) for fields in answer["passages"]]
    return ParsedDocument(answer["title"], passages)
