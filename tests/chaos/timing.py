"""How long it took: measured and reported, never asserted."""

import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.payloads.events import TURN_ENDS
from tests.chaos.evidence import Connection, Frame, Seen

# Tokens come every 30 ms or so: a stream that was silent for longer was touched by the fault.
TOUCHED = 0.5
_TEXT = frozenset({"text.delta", "text.snapshot", "text.completed"})


@dataclass(slots=True)
class Times:
    """Seconds from the fault; only of readers that felt it."""

    recovery: list[float] = field(default_factory=list)
    ending: list[float] = field(default_factory=list)

    def add(self, other: "Times") -> None:
        self.recovery += other.recovery
        self.ending += other.ending


def next_tokens(seen: Sequence[Seen], fault_at: float) -> Times:
    """To the next new text, for streams that fell silent; to the end, for turns that were open."""
    times = Times()
    for one in seen:
        frames = list(one.frames)
        if not frames or frames[0].at > fault_at:
            continue
        ends = [frame.at for frame in frames if frame.kind in TURN_ENDS and frame.at > fault_at]
        if ends:
            times.ending.append(ends[0] - fault_at)
        if (silent := _silence(frames, fault_at)) is not None:
            times.recovery.append(silent)
    return times


def _silence(frames: Sequence[Frame], fault_at: float) -> float | None:
    """Until the text that ended the silence; None when there was none to speak of."""
    texts = [frame.at for frame in frames if frame.kind in _TEXT]
    for before, after in itertools.pairwise(texts):
        # What was under way when the fault struck arrives a moment later.
        if after > fault_at and before < fault_at + TOUCHED and after - before > TOUCHED:
            return after - fault_at
    return None


def returns(seen: Sequence[Seen], fault_at: float) -> Times:
    """To the next accepted connection, for readers that were cut; to the end of their turns."""
    times = next_tokens(seen, fault_at)
    times.recovery = []
    for one in seen:
        opened = [c.opened_at for c in one.connections if c.opened_at is not None]
        back = [at for at in opened if at > fault_at]
        if back and any(_was_cut(c, fault_at) for c in one.connections):
            times.recovery.append(back[0] - fault_at)
    return times


def _was_cut(connection: Connection, fault_at: float) -> bool:
    if connection.opened_at is None or connection.closed_at is None:
        return False
    return connection.opened_at <= fault_at <= connection.closed_at and not connection.complete


def quantile(values: Sequence[float], share: float) -> float | None:
    """None without values."""
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return cuts[round(share * 100) - 1]
