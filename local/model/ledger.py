"""What was asked of the server: a bounded list that tests count calls in."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

# About 50 MB when full; older entries fall out.
MOST_ENTRIES = 100_000
LONGEST_MARKER = 200


@dataclass(slots=True)
class Entry:
    """One call. `at` is in seconds since the epoch, and so is `until`, before which a refused call
    must not come again, and `left`, when the client gave up on an answer that hung; `tokens` are
    those the answer had so far."""

    kind: str
    model: str = ""
    stream: bool = False
    background: bool = False
    response_id: str | None = None
    marker: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    input_tokens: int = 0
    tokens: int = 0
    status: str = "refused"
    n: int = 0
    until: float | None = None
    left: float | None = None
    at: float = field(default_factory=time.time)


class Ledger:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self._written = 0

    def write(self, entry: Entry) -> Entry:
        self._written += 1
        entry.n = self._written
        entry.marker = entry.marker[:LONGEST_MARKER]
        self._entries.append(entry)
        return entry

    def clear(self) -> None:
        self._entries.clear()

    def find(self, kind: str | None, marker: str | None) -> Iterator[dict[str, object]]:
        for entry in self._entries:
            if (kind is None or entry.kind == kind) and (marker is None or marker in entry.marker):
                yield asdict(entry)
