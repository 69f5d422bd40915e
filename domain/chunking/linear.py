"""Chunkers that take a text as it comes: they know headings only to say what stands above."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from domain.chunking.cut import Cut, Path
from domain.parsing.structure import BlockKind, StructuredText
from models.payloads.knowledge import Chunking

Span = tuple[int, int]

_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n\s*")
SENTENCE = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]?\s+|(?<=[。！？])")
WORD = re.compile(r"\s+")


def fixed(document: StructuredText, chunking: Chunking) -> Iterator[Cut]:
    """So many characters, wherever that falls."""
    paths = _Paths(document)
    step = chunking.size - chunking.overlap
    # The last one may be all overlap: it is in the one before already.
    for start in range(0, max(len(document.text) - chunking.overlap, 1), step):
        yield Cut(start, start + chunking.size, paths.at(start))


def recursive(document: StructuredText, chunking: Chunking) -> Iterator[Cut]:
    """At paragraphs, else lines, else sentences, else words."""
    return _packed(document, chunking, (_PARAGRAPH, _LINE, SENTENCE, WORD))


def sentence(document: StructuredText, chunking: Chunking) -> Iterator[Cut]:
    """Whole sentences, packed; one that is too long at its words."""
    return _packed(
        document, chunking, (re.compile(f"{SENTENCE.pattern}|{_PARAGRAPH.pattern}"), WORD)
    )


def _packed(
    document: StructuredText, chunking: Chunking, breaks: Sequence[re.Pattern[str]]
) -> Iterator[Cut]:
    paths = _Paths(document)
    spans = list(_spans(document.text, (0, len(document.text)), chunking.size, breaks))
    for start, end in _merged(spans, chunking.size, chunking.overlap):
        yield Cut(start, end, paths.at(start))


def _spans(
    text: str, span: Span, size: int, breaks: Sequence[re.Pattern[str]], *, whole: bool = False
) -> Iterator[Span]:
    """Pieces of at most `size`, each broken no finer than it must be."""
    start, end = span
    if whole and end - start <= size:
        yield span
    elif not breaks:
        yield from ((at, min(at + size, end)) for at in range(start, end, size))
    else:
        at = [match.end() for match in breaks[0].finditer(text, start, end)]
        for piece in pairwise(dict.fromkeys([start, *at, end])):
            yield from _spans(text, piece, size, breaks[1:], whole=True)


def _merged(spans: Sequence[Span], size: int, overlap: int) -> Iterator[Span]:
    """As many as fit together; the next begins with what `overlap` allows of the last."""
    first = 0
    while first < len(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= size:
            last += 1
        yield spans[first][0], spans[last][1]
        if last + 1 == len(spans):
            return
        following = last + 1
        while (
            following - 1 > first
            and spans[last][1] - spans[following - 1][0] <= overlap
            and spans[last + 1][1] - spans[following - 1][0] <= size
        ):
            following -= 1
        first = following


class _Paths:
    """The headings above each place of a text."""

    def __init__(self, document: StructuredText) -> None:
        self._starts: list[int] = []
        self._paths: list[Path] = []
        path: list[tuple[int, str]] = []
        for block in document.blocks:
            if block.kind is BlockKind.HEADING:
                path = [(level, label) for level, label in path if level < block.level]
                path.append((block.level, block.label))
                self._starts.append(block.start)
                self._paths.append(tuple(label for _, label in path))

    def at(self, position: int) -> Path:
        index = bisect_right(self._starts, position)
        return self._paths[index - 1] if index else ()
