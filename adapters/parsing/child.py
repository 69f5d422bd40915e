"""The child: reads one file from stdin, writes its passages to stdout, and ends.

`python -m adapters.parsing.child MEDIA_TYPE MEMORY_BYTES CPU_SECONDS OUTPUT_BYTES`. Whatever the
file makes it do, it has no more than that, no descriptor beyond its three, and no secrets.
"""

import resource
import sys
from dataclasses import astuple

import orjson

# Parsing nested markup recurses; Python frames cost memory here and no C stack.
_RECURSION = 20_000
_DESCRIPTORS = 32


def confine(memory: int, cpu_seconds: int) -> None:
    """Limits that the kernel keeps. File size 0: it may write nothing but its pipe."""
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        resource.setrlimit(limit, (value, value))


def answer(asked: bytes) -> bytes:
    """JSON: title and passages, or the code, status and detail of a named error."""
    # Not before `confine`: what is loaded here counts as the file's.
    from domain.parsing.document import parse  # noqa: PLC0415
    from models.errors import AppError  # noqa: PLC0415
    from models.payloads.knowledge import Chunking  # noqa: PLC0415

    head, _, data = asked.partition(b"\n")
    request = orjson.loads(head)
    chunking = Chunking.model_validate(request["chunking"]) if "chunking" in request else None
    try:
        parsed = parse(request["media_type"], data, chunking)
    except AppError as error:
        return orjson.dumps({"error": [error.code, error.status, error.detail]})
    except MemoryError:
        return b'{"error":["document_parse_failed",422,"Reading the file takes too much memory."]}'
    except RecursionError:
        return b'{"error":["document_parse_failed",422,"The file is nested too deeply."]}'
    return orjson.dumps(
        {"title": parsed.title, "passages": [astuple(passage) for passage in parsed.passages]}
    )


def main() -> None:
    _, memory, cpu_seconds, output = sys.argv[1:]
    sys.setrecursionlimit(_RECURSION)
    confine(int(memory), int(cpu_seconds))
    said = answer(sys.stdin.buffer.read())
    if len(said) > int(output):
        said = b'{"error":["document_too_long",413,"The file has too much text."]}'
    sys.stdout.buffer.write(said)


if __name__ == "__main__":
    main()
