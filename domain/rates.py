"""How much a user may ask for in a minute: the window's arithmetic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MINUTE: Final = 60.0
READS: Final = 10
"""What begins no work may be asked for so many times as often."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A minute's."""

    requests: int
    tokens: int


TIERS: Final[Mapping[str, Tier]] = {
    "free": Tier(10, 10_000),
    "pro": Tier(60, 60_000),
    "team": Tier(300, 300_000),
    "enterprise": Tier(1_000, 1_000_000),
}


def tiers_of(given: Mapping[str, tuple[int, int]]) -> dict[str, Tier]:
    """Ours, with these beside them or in their places."""
    return {**TIERS, **{name: Tier(*minute) for name, minute in given.items()}}


@dataclass(frozen=True, slots=True)
class Window:
    """The last minute, as two minutes of the clock tell it: what was used in the former one counts
    for as much of it as the last minute still reaches into it."""

    current: float
    former: float
    passed: float
    """Seconds of the current one."""

    @property
    def used(self) -> float:
        return self.current + self.former * (1 - self.passed / MINUTE)

    def left(self, limit: int) -> int:
        return max(0, math.floor(limit - self.used))

    def wait(self, limit: int) -> int:
        """Whole seconds until one more fits, when nothing else is used meanwhile; 1 at least."""
        room = limit - 1 - self.current
        if room >= 0:
            seconds = _until(self.former, room) - self.passed
        else:
            seconds = MINUTE - self.passed + _until(self.current, limit - 1)
        return max(1, math.ceil(seconds))

    @property
    def reset(self) -> int:
        """Whole seconds until nothing counts any more."""
        whole = 2 * MINUTE if self.current else MINUTE if self.former else self.passed
        return math.ceil(whole - self.passed)


def _until(former: float, room: float) -> float:
    """Seconds of a minute after which so little of the former one counts."""
    return 0.0 if former <= room else MINUTE * (1 - room / former)
