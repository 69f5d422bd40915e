"""A document as text with its structure: what every reader gives and the chunkers take."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from domain.ports.knowledge import Metadata


class BlockKind(Enum):
    HEADING = auto()
    TEXT = auto()
    TABLE = auto()
    CAPTION = auto()
    """A picture's, alone: whoever describes the picture better writes over it."""


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
class PageStart:
    """Page `number` (from 1) begins at character `start` of the text."""

    start: int
    number: int


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as it lies in the document: PNG or JPEG, made small already."""

    data: bytes
    width: int
    height: int
    caption: str = ""
    position: int | None = None
    """Where it stands in the text, and its caption begins; None when it stands nowhere there."""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class StructuredText:
    """`title` is the document's own, empty when it has none. `pages` is how many it has, 0 where
    there are none."""

    title: str
    text: str
    blocks: Sequence[Block]
    page_starts: Sequence[PageStart] = ()
    images: Sequence[Image] = ()
    metadata: Metadata = field(default_factory=Metadata)
    pages: int = 0
    unread_pages: Sequence[int] = ()
    """Pages that have no text, and perhaps a picture of some."""
