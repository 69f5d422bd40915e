"""Which lines are headings: by the outline, by tags, else by their print."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.parsing.layout.geometry import Line

# A heading's letters are so much larger than the text's.
_LARGER = 1.12
# Sizes nearer than this are one.
_SAME_SIZE = 0.06
_LEVELS = 4
_LONGEST = 200
_LONGEST_BOLD = 100
# Where much is bold, bold says nothing.
_MOST_BOLD = 0.3
_WORDS = re.compile(r"[^\W_]+")
_NO_HEADING = re.compile(r".*[.,;:!?…]$")
_COUNTER = re.compile(r"^(?:\d{1,3}|[A-Z]|[IVXLC]{1,6})(?:\.\d{1,3})*[.)]?\s+")
_LIST_ITEM = re.compile(r"[•◦▪▫‣∙●○■□–—*·-]\s")


def key(text: str) -> str:
    """Letters and digits alone: an outline writes titles in its own manner."""
    return "".join(_WORDS.findall(text.casefold()))


@dataclass(frozen=True, slots=True)
class Style:
    """How a document prints its headings."""

    body: float
    """Height of the text's letters."""
    sizes: Sequence[float]
    """Heights of headings, largest first."""
    bold: bool
    """Whether a bold line of the text's height is a heading."""
    outline: Mapping[tuple[int, str], int]
    """Level by page and key."""

    def level(self, line: Line, page: int) -> int:
        """1 to 6 for what is a heading by itself; 0 for anything else."""
        if line.level:
            return line.level
        text = line.text
        # Some outlines leave the numbers out that the page has.
        for words in (text, _COUNTER.sub("", text)):
            if entry := self.outline.get((page, key(words))):
                return entry
        if not _may_head(text):
            return 0
        if line.size >= self.body * _LARGER:
            return self._rank(line.size)
        if self.bold and line.bold and line.size >= self.body * 0.95 and _bold_may_head(text):
            return min(len(self.sizes), _LEVELS) + 1
        return 0

    def _rank(self, size: float) -> int:
        for rank, known in enumerate(self.sizes[:_LEVELS], 1):
            if size >= known * (1 - _SAME_SIZE):
                return rank
        return _LEVELS


def _may_head(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    return letters >= 2 and len(text) <= _LONGEST and letters * 2 >= len(text.replace(" ", ""))


def _bold_may_head(text: str) -> bool:
    return (
        len(text) <= _LONGEST_BOLD
        and not _NO_HEADING.match(text)
        and not _LIST_ITEM.match(text)
        and not text[0].islower()
    )


def style(lines: Sequence[Line], outline: Mapping[tuple[int, str], int]) -> Style:
    letters: Counter[float] = Counter()
    bold = 0
    for line in lines:
        letters[round(line.size * 2) / 2] += len(line.text)
        bold += len(line.text) * line.bold
    total = sum(letters.values())
    body = max(letters, key=lambda size: (letters[size], size)) if letters else 1.0
    larger = sorted({line.size for line in lines if _large(line, body)}, reverse=True)
    sizes: list[float] = []
    for size in larger:
        if not sizes or size < sizes[-1] * (1 - _SAME_SIZE):
            sizes.append(size)
    return Style(body, sizes, bold <= total * _MOST_BOLD, outline)


def _large(line: Line, body: float) -> bool:
    return line.size >= body * _LARGER and _may_head(line.text)
