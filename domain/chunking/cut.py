"""What every chunker gives: places in the text; and how they become passages."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.parsing.structure import PageStart, StructuredText
from domain.ports.knowledge import NewPassage

Path = tuple[str, ...]

HEADING_SEPARATOR = " > "
HEADING_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of the text; `head` is a table's header, repeated before it."""

    start: int
    end: int
    path: Path
    head: str = ""


def passages(document: StructuredText, cuts: Iterable[Cut]) -> Iterator[NewPassage]:
    """Without white space at their ends; none of nothing else."""
    index = 0
    for cut in cuts:
        piece = document.text[cut.start : cut.end]
        if not piece.strip():
            continue
        start = cut.start + len(piece) - len(piece.lstrip())
        end = cut.start + len(piece.rstrip())
        heading = HEADING_SEPARATOR.join(part for part in cut.path if part)
        yield NewPassage(
            index=index,
            text=cut.head + document.text[start:end],
            heading=heading[:HEADING_CHARACTERS],
            start=start,
            end=end,
            page=page_of(document.page_starts, start),
        )
        index += 1


def page_of(starts: Sequence[PageStart], position: int) -> int | None:
    """The page that a character stands on."""
    index = bisect_right(starts, position, key=lambda page: page.start)
    return starts[index - 1].number if index else None
