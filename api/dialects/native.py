"""Events as Server-Sent Events of our own kind: the id is the cursor, the kind the event name."""

from typing import Final

from api.dialects.sse import escaped
from domain.wire import WireEvent

PING: Final = b": ping\n\n"


def encode(event: WireEvent) -> bytes:
    """Byte for byte what sse-starlette's ServerSentEvent gives with sep="\\n" (a test holds it
    so), at a tenth of the cost: this runs once per token and reader."""
    return b"id: %d.%d\nevent: %b\ndata: %b\n\n" % (
        event.id.turn,
        event.id.sequence,
        event.kind.encode(),
        escaped(event.data),
    )


def unnumbered(kind: str, data: bytes) -> bytes:
    """An event for one caller alone: without an id it moves no cursor."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), escaped(data))


def retry(milliseconds: int) -> bytes:
    """How long a browser waits before it comes back."""
    return b"retry: %d\n\n" % milliseconds
