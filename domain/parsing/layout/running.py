"""What runs along the top and bottom of pages: headers, footers, page numbers."""

import re
from collections import Counter
from collections.abc import Sequence

from domain.parsing.layout.geometry import Line

# The margins, as shares of a page's height.
_TOP, _BOTTOM = 0.12, 0.88
_LEAST_PAGES = 3
# On a page that is one of few, or in a long document that has changing ones.
_LEAST_SHARE = 0.3
_LEAST_TIMES = 6
_NUMBER = re.compile(
    r"(?:page|seite|p\.)?\s*[-–]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–]?(?:\s*(?:of|von|/)\s*\d{1,4})?",
    re.IGNORECASE,
)


_Key = tuple[str, bool, int]


def shape(text: str) -> str:
    """A line's words with its numbers made alike."""
    return re.sub(r"\d+", "#", " ".join(text.split()).casefold())


def _at_edge(line: Line, height: float) -> bool:
    return line.box.bottom <= _TOP * height or line.box.top >= _BOTTOM * height


def without(pages: Sequence[tuple[float, list[Line]]]) -> list[list[Line]]:
    """Each page's lines (with the page's height) that are text of the document."""
    counts: Counter[_Key] = Counter()
    for height, lines in pages:
        counts.update({_key(line, height) for line in lines if _at_edge(line, height)})
    often = {
        key
        for key, times in counts.items()
        if times >= _LEAST_PAGES and (times >= _LEAST_SHARE * len(pages) or times >= _LEAST_TIMES)
    }
    return [_kept(lines, height, often, len(pages)) for height, lines in pages]


def _kept(lines: list[Line], height: float, often: set[_Key], pages: int) -> list[Line]:
    kept = [line for line in lines if not _runs(line, height, often, pages)]
    # A page of nothing but such lines is a page of text: a slide with its title alone.
    return kept or [line for line in lines if not _NUMBER.fullmatch(line.text.strip())]


def _key(line: Line, height: float) -> _Key:
    # A title that runs along the pages later is larger where it is one.
    return shape(line.text), line.box.top < height / 2, round(line.size)


def _runs(line: Line, height: float, often: set[_Key], pages: int) -> bool:
    if not _at_edge(line, height):
        return False
    numbered = pages > 1 and _NUMBER.fullmatch(line.text.strip())
    return _key(line, height) in often or bool(numbered)
