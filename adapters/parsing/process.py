"""Give each file a child of the nursery, and outlive it."""

import asyncio
import os
import signal
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog

from adapters.parsing.child import TASKS
from adapters.parsing.keeper import Ended, Keeper
from adapters.parsing.readers import modules
from domain.parsing.limits import PICTURE_BYTES, PICTURES, TEXT_BYTES
from domain.parsing.metadata import metadata_of
from domain.ports.knowledge import NewPassage, NewPicture
from domain.ports.parsing import ParsedDocument
from models.errors import (
    AppError,
    InvalidError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)
from models.payloads.knowledge import Chunking

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    # Faults 20 allows 60 s in all; the kernel's CPU limit is the second net.
    time: timedelta = timedelta(seconds=50)
    # Beyond the libraries (0.3 GB, shared): a slide deck of 100 MB takes about 0.5 GB.
    memory: int = 1024**3
    # The text, with overlaps, repeated table headers and JSON around it; then the pictures.
    output: int = 4 * TEXT_BYTES + PICTURES * PICTURE_BYTES
    # Each child may take a core: beyond that they only slow each other down.
    at_once: int = max(1, os.cpu_count() or 1)


class ChildParser:
    """A Parser whose every file has a process of its own. Belongs to one event loop."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._places = asyncio.Semaphore(self._limits.at_once)
        # Held in a list, for the finaliser to see without holding the parser itself.
        self._keepers: list[Keeper] = []
        weakref.finalize(self, _close, self._keepers)

    async def parse(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> ParsedDocument:
        parsed, _ = await self.measure(media_type, data, name=name, chunking=chunking)
        return parsed

    async def measure(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> tuple[ParsedDocument, Ended]:
        """As `parse`, with what the child took."""
        request = {
            "media_type": media_type,
            "name": name,
            "chunking": (chunking or Chunking()).model_dump(mode="json"),
        }
        said, ended = await self._given(modules(media_type), request, data)
        return _parsed(said), ended

    async def task(self, name: str, data: bytes, **request: object) -> dict[str, Any]:
        """What one of `child.TASKS` answers. Raises what `parse` does."""
        said, _ = await self._given([TASKS[name]], {"task": name, **request}, data)
        return _answered(said)

    def within(self, limits: Limits) -> "ChildParser":
        """One with other limits and the same nursery."""
        other = ChildParser(limits)
        other._keepers = self._keepers
        return other

    async def close(self) -> None:
        """End the nursery. One that is forgotten ends when nobody holds its parser."""
        _close(self._keepers)

    async def _given(
        self, readers: Sequence[str], request: dict[str, Any], data: bytes
    ) -> tuple[bytes, Ended]:
        async with self._places:
            said, ended = await self._run(readers, [orjson.dumps(request) + b"\n", data])
        if ended.code:
            log.warning("parsing.child_died", code=ended.code, memory=ended.memory)
            raise _death(ended.code)
        return said, ended

    async def _run(self, readers: Sequence[str], data: list[bytes]) -> tuple[bytes, Ended]:
        limits = self._limits
        seconds = limits.time.total_seconds()
        message = {
            "readers": readers,
            "memory": limits.memory,
            "cpu": int(seconds) + 1,
            "output": limits.output,
        }
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._nursery().run(message, data, limits.output)
                except UnavailableError:
                    # Whatever ended the nursery, a file is read by a child: this one did not.
                    return await self._nursery().run(message, data, limits.output)
        except TimeoutError:
            raise InvalidError(
                f"Reading the file takes more than {seconds:g} s.", code="document_parse_timeout"
            ) from None

    def _nursery(self) -> Keeper:
        if not (self._keepers and self._keepers[0].alive):
            self._keepers[:] = [Keeper()]
        return self._keepers[0]


def _close(keepers: list[Keeper]) -> None:
    for keeper in keepers:
        keeper.close()


def _death(code: int) -> AppError:
    if code == -signal.SIGXCPU:
        return InvalidError("Reading the file takes too long.", code="document_parse_timeout")
    how = f"signal {-code}" if code < 0 else f"status {code}"
    return InvalidError(f"The file could not be read ({how}).", code="document_parse_failed")


def _answered(head: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = orjson.loads(head)
    except orjson.JSONDecodeError:
        # Cut at the limit, or by what killed it.
        raise InvalidError(
            "The file could not be read: its text broke off.", code="document_parse_failed"
        ) from None
    if "error" in answer:
        code, status, detail = answer["error"]
        if answer["cause"]:
            log.warning("parsing.failed", code=code, cause=answer["cause"])
        kinds = {kind.status: kind for kind in (TooLargeError, UnsupportedError)}
        raise kinds.get(status, InvalidError)(detail, code=code)
    return answer


def _parsed(said: bytes) -> ParsedDocument:
    head, _, blobs = said.partition(b"\n")
    answer = _answered(head)
    if answer["unread_pages"]:
        log.warning("parsing.pages_unread", pages=len(answer["unread_pages"]), of=answer["pages"])
    return ParsedDocument(
        title=answer["title"],
        passages=[NewPassage(*fields) for fields in answer["passages"]],
        pictures=list(_pictures(answer["pictures"], blobs)),
        metadata=metadata_of(answer["metadata"]),
        pages=answer["pages"],
        unread_pages=tuple(answer["unread_pages"]),
    )


def _pictures(fields: list[list[Any]], blobs: bytes) -> Iterator[NewPicture]:
    position = 0
    for length, index, *rest in fields:
        yield NewPicture(index, blobs[position : position + length], *rest)
        position += length
