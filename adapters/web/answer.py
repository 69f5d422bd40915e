"""One answer of a web server: what its status means, and its body within bounds."""

import asyncio
from contextlib import aclosing

import httpx2

from adapters.retry_after import retry_after
from models.errors import AppError, InvalidError, TooLargeError, UnavailableError

# h11 stops at 100 KB in all; no server of pages needs this many.
MOST_HEADERS = 200
# Each part of a chunked body costs us far more than its bytes cost the sender. A page that is
# flushed line by line stays above this.
FREE_PARTS = 2_000
BYTES_A_PART = 32
# The loop's other work gets its turn after so many parts: they may all be here already.
PARTS_A_TURN = 64
_DECODED = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_FOUND = frozenset({200, 203})
_REFUSED = frozenset({401, 402, 403, 407, 451})
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 425, 429})


def check_status(response: httpx2.Response) -> None:
    """Raise what an answer without a page means."""
    status = response.status_code
    said = f"The page's server answered {status}."
    if status in _FOUND:
        return
    if status in _LATER or status >= 500:
        raise UnavailableError(
            said, code="url_unavailable", retry_after=retry_after(response.headers)
        )
    if status in _REFUSED:
        raise InvalidError(said, code="url_refused")
    if status in _GONE:
        raise InvalidError(said, code="url_not_found")
    raise InvalidError(said, code="url_failed")


async def read(response: httpx2.Response, most: int, *, cut: bool = False) -> bytes:
    """The body, decompressed: up to `most` bytes with `cut`, else TooLargeError url_too_large
    beyond them. InvalidError url_failed for an answer that is made to cost us."""
    _check_headers(response)
    declared = response.headers.get("content-length", "")
    if not cut and declared.isdecimal() and int(declared[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    parts = 0
    async with aclosing(response.aiter_bytes()) as coming:
        async for part in coming:
            body += part
            parts += 1
            if len(body) > most:
                if cut:
                    break
                raise _too_large(most)
            if parts > FREE_PARTS and len(body) < parts * BYTES_A_PART:
                raise _costly("The page comes in too many pieces.")
            if parts % PARTS_A_TURN == 0:
                await asyncio.sleep(0)
    # Not by a slice: a document may have 50 MB, and this is no place for a third copy.
    del body[most:]
    return bytes(body)


def _check_headers(response: httpx2.Response) -> None:
    if len(response.headers.raw) > MOST_HEADERS:
        raise _costly("The page's server sends too many headers.")
    # Nothing but these was asked for; several in a row would multiply a bomb.
    if response.headers.get("content-encoding", "").strip().lower() not in _DECODED:
        raise _costly("The page is compressed in a way that was not asked for.")


def _too_large(most: int) -> AppError:
    return TooLargeError(f"The page has more than {most:,} bytes.", code="url_too_large")


def _costly(detail: str) -> AppError:
    return InvalidError(detail, code="url_failed")
