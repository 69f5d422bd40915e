"""The numbers that a writer gives out itself: always past whatever readers may have seen."""

import zlib

from domain.ports.events import WriterKey
from models.payloads.events import EventId

# Past what other writers may have appended since this one last looked.
JUMP = 1_000
# Past what earlier attempts may have shown without storing it.
ATTEMPT_JUMP = 1_000_000


class Numbers:
    """One writer's view of its turn's sequence."""

    def __init__(self, key: WriterKey) -> None:
        self._key = key
        self.told = 0
        """The highest that Redis told us."""
        self.given = 0
        """The highest that we gave out ourselves."""
        self._base = key.floor
        """What we may count from when Redis has told us nothing."""

    def hear(self, sequence: int) -> None:
        self.told = max(self.told, sequence)

    def forget(self) -> None:
        """Redis does not know the turn: an earlier attempt may have come far."""
        if not self.told and self._key.attempt > 1:
            self._base = self._key.floor + self._key.attempt * ATTEMPT_JUMP

    def fresh(self) -> int:
        """Where nobody has been: a Redis that forgot goes on from here."""
        return max(self.told, self.given, self._base) + JUMP

    def following(self) -> EventId:
        """Give the next number; only for a writer that is alone in its step."""
        return self._give(max(self.told, self.given) + 1)

    def apart(self, elapsed: int) -> EventId:
        """Give a number without Redis, `elapsed` milliseconds into its absence. Writers side by
        side stay apart, and in the order of time as far as they noticed the outage together."""
        spread = zlib.crc32(self._key.activity.encode()) & 0xFFFF
        far = max(self.told, self._base) + JUMP + (elapsed << 16 | spread)
        return self._give(max(self.given + 1, far))

    def _give(self, sequence: int) -> EventId:
        self.given = sequence
        return EventId(self._key.number, sequence)
