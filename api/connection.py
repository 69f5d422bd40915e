"""What a stream is written to, as far as the server lets it be seen: bounded, and cut when slow."""

import socket
import struct
from contextlib import suppress
from typing import Any, Final

from starlette.types import Send

# Bytes that wait in this process for one reader, beyond which the next frame waits: some twenty
# tokens. As each is a write of its own, they cost four times their size.
HIGH_WATER: Final = 4 * 1024
LOW_WATER: Final = 1 * 1024
# Bytes that the kernel may hold for one reader (it counts them double); left to itself it grows
# to megabytes. At 100 ms to the reader it still passes 300 KB a second.
SEND_BUFFER: Final = 32 * 1024
# Milliseconds that a reader may leave what was sent unacknowledged, or its window shut: one that
# vanished, or takes nothing of a stream too quiet to fill the buffers, is cut by the kernel.
USER_TIMEOUT_MS: Final = 60_000
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Connection:
    """The transport behind an ASGI `send`. ASGI has no word for it, but uvicorn's `send` is a
    method of what holds it; over another server this does nothing, and the server's bounds hold.
    """

    __slots__ = ("_transport",)

    def __init__(self, send: Send) -> None:
        found = getattr(getattr(send, "__self__", None), "transport", None)
        # uvloop's transports have the methods and not the base class.
        self._transport: Any = found if hasattr(found, "set_write_buffer_limits") else None

    def bound(self) -> None:
        """Bound what waits for a reader that takes little."""
        if self._transport is None:
            return
        self._transport.set_write_buffer_limits(high=HIGH_WATER, low=LOW_WATER)
        connected = self._transport.get_extra_info("socket")
        if connected is None:
            return
        with suppress(OSError):
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        with suppress(OSError):  # a Unix socket has none
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)

    def cut(self) -> bool:
        """Drop it with all that waits to be sent: closing would wait until the reader took that.
        False when there is nothing to cut here."""
        if self._transport is None:
            return False
        connected = self._transport.get_extra_info("socket")
        if connected is not None:
            with suppress(OSError):  # reset it: the kernel would go on offering what it holds
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._transport.abort()
        return True
