"""What one reader saw of one answer whose tokens carry the model server's clock."""

import re
import time
from dataclasses import dataclass, field

# `stamp=1` makes each token `t<microseconds since the epoch> `, whatever dialect wraps it.
STAMP = re.compile(rb"t(\d{16})")
LONGEST_CUT = 16  # bytes of a stamp that the next chunk may complete
SHOWN = 300  # bytes
ID = b"\nid: "


def now() -> int:
    """Microseconds since the epoch: the clock that the model server stamps with."""
    return time.time_ns() // 1_000


@dataclass(slots=True)
class Answer:
    """Times are microseconds since the epoch. A stamp seen again counts once."""

    sent: int = field(default_factory=now)
    status: int = 0
    headed: int = 0
    """When the answer's head came."""
    ended: int = 0
    arrivals: dict[int, int] = field(default_factory=dict)
    """Stamp to its first arrival, in order of arrival."""
    seen: int = 0
    """Stamps, copies too: of tokens without a gap, two may have the same microsecond."""
    size: int = 0
    """Bytes of the body."""
    last_id: bytes = b""
    """Of the newest event whose id came in one piece: where to go on from."""
    said: bytearray = field(default_factory=bytearray)
    """The first bytes of the body, for error messages."""
    _rest: bytes = b""

    def take(self, chunk: bytes, at: int) -> None:
        self.size += len(chunk)
        if len(self.said) < SHOWN:
            self.said += chunk[:SHOWN]
        if (at_id := chunk.rfind(ID)) >= 0 and (end_id := chunk.find(b"\n", at_id + 1)) > 0:
            self.last_id = chunk[at_id + len(ID) : end_id]
        text = self._rest + chunk
        end = 0
        for found in STAMP.finditer(text):
            self.seen += 1
            self.arrivals.setdefault(int(found[1]), at)
            end = found.end()
        self._rest = text[max(end, len(text) - LONGEST_CUT) :]

    @property
    def tokens(self) -> int:
        return len(self.arrivals)

    @property
    def first_token(self) -> float:
        """Milliseconds from sending to the first token."""
        return (next(iter(self.arrivals.values())) - self.sent) / 1_000

    @property
    def transits(self) -> list[float]:
        """Milliseconds from the model server to us, for each token but the first."""
        return [(at - stamp) / 1_000 for stamp, at in list(self.arrivals.items())[1:]]

    @property
    def seconds(self) -> float:
        return (self.ended - self.sent) / 1e6
