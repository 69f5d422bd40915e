"""The child: reads one file from its connection, answers with its passages, and ends.

Whatever the file makes it do, it has no more than its limits, no secrets, and nobody to talk to
but its worker. An answer is a line of JSON, then the pictures' bytes one after the other; a task's
answer is its own JSON.
"""

import os
import socket
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from adapters.parsing.confinement import confine
from domain.ports.parsing import ParsedDocument
from models.errors import AppError
from models.payloads.knowledge import Chunking

_CHUNK = 1024 * 1024
# What a child may be asked for besides a document's passages, by the request's `task`.
TASKS = {"audit": "adapters.parsing.auditing"}
_FAILED = ("document_parse_failed", 422)
_MEMORY = "Reading the file takes too much memory."
_NESTED = "The file is nested too deeply."
_DAMAGED = "The file is damaged, or is not what it says: open it, save it anew and try again."


def load(readers: Sequence[str]) -> None:
    """Import what the file will need; from the second time on this is nothing."""
    for module in ("adapters.parsing.document", *readers):
        import_module(module)


def run(connection: int, message: dict[str, Any]) -> int:
    """Serve one job; gives the status to exit with."""
    _close_all_but(connection)
    with socket.socket(fileno=connection) as worker:
        # Here, so that a limit too small for even this is a named failure too.
        confine(message["memory"], message["cpu"])
        try:
            for part in _bounded(answer(_received(worker)), message["output"]):
                worker.sendall(part)
        except MemoryError:
            worker.sendall(_error(*_FAILED, _MEMORY))
    return 0


def _close_all_but(connection: int) -> None:
    """Standard streams to nowhere: what a library says may quote the file."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    highest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    os.closerange(3, connection)
    os.closerange(connection + 1, highest + 1)


def _received(worker: socket.socket) -> bytes:
    received = bytearray()
    while part := worker.recv(_CHUNK):
        received += part
    return bytes(received)


def answer(asked: bytes) -> list[bytes]:
    """A line of JSON (title, passages and so on, or the code, status and detail of a named
    error), then the pictures."""
    # Loaded before the fork; not named above, so that the nursery itself starts at once.
    from adapters.parsing.document import read  # noqa: PLC0415

    head, _, data = asked.partition(b"\n")
    request = orjson.loads(head)
    try:
        if task := request.get("task"):
            done: bytes = import_module(TASKS[task]).run(request, data)
            return [done]
        chunking = Chunking.model_validate(request["chunking"])
        return list(_encoded(read(request["media_type"], data, request["name"], chunking)))
    except AppError as error:
        return [_error(error.code, error.status, error.detail)]
    except MemoryError:
        return [_error(*_FAILED, _MEMORY)]
    except RecursionError:
        return [_error(*_FAILED, _NESTED)]
    except Exception as error:  # noqa: BLE001 - readers raise whatever they like on damaged files
        # Where, but no word of the file.
        places = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{place.filename}:{place.lineno}" for place in reversed(places))
        return [_error(*_FAILED, _DAMAGED, f"{type(error).__name__} at {where}")]


def _error(code: str, status: int, detail: str, cause: str = "") -> bytes:
    return orjson.dumps({"error": [code, status, detail], "cause": cause})


def _encoded(parsed: ParsedDocument) -> Iterator[bytes]:
    said = {
        "title": parsed.title,
        "pages": parsed.pages,
        "unread_pages": list(parsed.unread_pages),
        "metadata": parsed.metadata,
        "passages": [[p.index, p.text, p.heading, p.start, p.end, p.page] for p in parsed.passages],
        "pictures": [
            [len(p.data), p.index, p.caption, p.width, p.height, p.page, p.passage]
            for p in parsed.pictures
        ],
    }
    yield orjson.dumps(said) + b"\n"
    for picture in parsed.pictures:
        yield picture.data


def _bounded(parts: list[bytes], output: int) -> list[bytes]:
    if sum(map(len, parts)) > output:
        return [_error("document_too_long", 413, "The file has too much text.")]
    return parts
