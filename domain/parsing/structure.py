"""A document as text with its structure: what every reader gives and the chunker takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto


class BlockKind(Enum):
    HEADING = auto()
    TEXT = auto()
    TABLE = auto()


@dataclass(frozen=True, slots=True)
class Block:
    """`start` and `end` are characters of the text; blocks follow each other without gaps."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    """1 to 6 for headings."""
    label: str = ""
    """A heading's words."""


@dataclass(frozen=True, slots=True)
class StructuredText:
    """`title` is the document's own, empty when it has none."""

    title: str
    text: str
    blocks: Sequence[Block]
