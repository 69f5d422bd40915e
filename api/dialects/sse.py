"""Lines of Server-Sent Events that hold JSON, as every dialect writes them."""

from typing import Any, Final

import orjson

DONE: Final = b"data: [DONE]\n\n"

# Line ends to some readers of text; JSON may carry them escaped. Only inside strings can they be.
_LINE_ENDS: Final = (
    (b"\xc2\x85", b"\\u0085"),
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
)


def escaped(data: bytes) -> bytes:
    """JSON without the characters that some readers take for line ends."""
    if b"\xe2\x80" in data or b"\xc2\x85" in data:
        for found, written in _LINE_ENDS:
            data = data.replace(found, written)
    return data


def unnamed(document: dict[str, Any]) -> bytes:
    """A frame of data alone."""
    return b"data: %b\n\n" % escaped(orjson.dumps(document))
