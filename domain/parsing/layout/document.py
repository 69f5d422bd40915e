"""Pages to one text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.parsing.layout import headings, running
from domain.parsing.layout.geometry import Box, Line, Sheet
from domain.parsing.layout.lines import lines, ordered
from domain.parsing.layout.paragraphs import Part, hyphenation, write
from domain.parsing.layout.ruling import grids

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*(?![-\u2010\u00ad\ufffe]$)")


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture's mark; `caption` are lines that its caption took out of the text."""

    box: Box
    mark: str


@dataclass(slots=True)
class Page:
    sheet: Sheet
    pictures: list[Placed] = field(default_factory=list)
    pictured: bool = False
    """Whether it has a picture and no words."""
    text: str = ""
    """Read by other means than its words: a recogniser's."""


def written(pages: Sequence[Page], outline: Mapping[tuple[int, str], int]) -> str:
    """Markdown with marks."""
    parts = [_parts(page) for page in pages]
    kept = running.without(
        [(page.sheet.height, found) for page, (found, _) in zip(pages, parts, strict=True)]
    )
    every = [line for lines_of in kept for line in lines_of]
    style = headings.style(every, outline)
    known = {word.casefold() for line in every for word in _WORD.findall(line.text)}
    read = [
        (page.sheet.number, list(_placed(ordered(found), tables, page)))
        for page, found, (_, tables) in zip(pages, kept, parts, strict=True)
    ]
    return write(read, style, hyphenation(known))


def _parts(page: Page) -> tuple[list[Line], list[tuple[Box, str]]]:
    """A page's lines, and its tables, whose words are no lines."""
    tables = grids(page.sheet.rules, page.sheet.words)
    taken = {id(word) for table in tables for word in table.words}
    found = lines([word for word in page.sheet.words if id(word) not in taken])
    return found, [(table.box, table.markdown()) for table in tables]


def _placed(
    found: Sequence[Line], tables: Sequence[tuple[Box, str]], page: Page
) -> Iterator[Line | Part]:
    """Tables and pictures stand before the first line of their column that is below them."""
    waiting = [*tables, *((picture.box, picture.mark) for picture in page.pictures)]
    waiting.sort(key=lambda place: place[0].top)
    for line in found:
        for box, text in list(waiting):
            aside = line.box.right < box.left or line.box.left > box.right
            if line.box.top >= box.top and not aside:
                waiting.remove((box, text))
                yield Part(text)
        yield line
    yield from (Part(text) for _, text in waiting)
    if page.text:
        yield Part(page.text)
