"""Server-sent events from bytes, each within a limit."""

from typing import Final

from models.errors import ModelGarbledError

# The last event repeats the whole answer (4 MB at most, see Length) with its quotes escaped.
LONGEST_EVENT: Final = 8 * 1024 * 1024


class EventLines:
    """Feed it chunks as they come; it gives the data of each event that they complete.

    Names, ids and comments are dropped: both dialects repeat the name inside the data.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._size = 0
        """Bytes of the event that is not complete yet."""

    def feed(self, chunk: bytes) -> list[bytes]:
        first, *rest = chunk.split(b"\n")
        self._grow(first)
        self._line.append(first)
        if not rest:
            return []
        events: list[bytes] = []
        self._take(b"".join(self._line), events)
        for line in rest[:-1]:
            self._grow(line)
            self._take(line, events)
        self._grow(rest[-1])
        self._line = [rest[-1]]
        return events

    def end(self) -> list[bytes]:
        """The last event, when the server left out the empty line after it."""
        events: list[bytes] = []
        self._take(b"".join(self._line), events)
        self._take(b"", events)
        self._line = []
        return events

    def _grow(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > LONGEST_EVENT:
            raise ModelGarbledError(f"A streamed event is over {LONGEST_EVENT} bytes.")

    def _take(self, line: bytes, events: list[bytes]) -> None:
        line = line.removesuffix(b"\r")
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line:
            self._size = 0
            if self._data:
                events.append(b"\n".join(self._data))
                self._data.clear()
