"""Sequence numbers that say where their reader stands, so that any of them resumes."""

from enum import IntEnum
from typing import Final, NamedTuple

# Together 53 bits, so that JavaScript keeps them exact.
_SEQUENCE_BITS: Final = 31
_SLOT_BITS: Final = 8
_ITEM_BITS: Final = 11
_OPEN_BITS: Final = 2
LARGEST: Final = 2**53 - 1
MOST_ITEMS: Final = 2**_ITEM_BITS - 1


class Open(IntEnum):
    """The one item that is under way."""

    NONE = 0
    REASONING = 1
    MESSAGE = 2


class Slot(IntEnum):
    """What an event of the log becomes, in this order: at most one of each. What becomes of it
    depends on what its reader holds; where each part of it stands does not."""

    CREATED = 0
    QUEUED = 1
    IN_PROGRESS = 2
    SUMMARY_DONE = 3
    SUMMARY_PART_DONE = 4
    REASONING_DONE = 5
    BROKEN_OFF = 6
    ADDED = 7
    PART_ADDED = 8
    PROGRESS = 9
    DELTA = 10
    ANNOTATION = 11
    """The first of MOST_ANNOTATIONS."""
    TEXT_DONE = 240
    PART_DONE = 241
    RESULT = 242
    DONE = 243
    END = 250


class Number(NamedTuple):
    """Where a frame stands, and what is so behind it."""

    sequence: int
    """Of the turn's event that it was made of; 0 before the first."""
    slot: int
    items: int
    """Output items begun: the next one's index."""
    open: Open
    again: bool
    """The step has had an item that was broken off: the next one needs a name of its own."""

    def packed(self) -> int:
        found = self.sequence << _SLOT_BITS | self.slot
        found = found << _ITEM_BITS | self.items
        return (found << _OPEN_BITS | self.open) << 1 | self.again

    @classmethod
    def read(cls, packed: int) -> "Number":
        """Of any number that is not negative, whoever made it up."""
        again, packed = bool(packed & 1), packed >> 1
        shown, packed = packed & (2**_OPEN_BITS - 1), packed >> _OPEN_BITS
        items, packed = packed & MOST_ITEMS, packed >> _ITEM_BITS
        slot, sequence = packed & (2**_SLOT_BITS - 1), packed >> _SLOT_BITS
        if not sequence:  # nothing can be open yet
            return cls(0, slot, 0, Open.NONE, again=False)
        return cls(sequence, slot, items, Open(min(shown, Open.MESSAGE)), again)
