"""The default chunker: along headings, blocks and sentences; tables alone."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.chunking import tables
from domain.chunking.cut import Cut, Path
from domain.chunking.linear import SENTENCE, WORD
from domain.parsing.structure import Block, BlockKind, StructuredText
from models.payloads.knowledge import Chunking

# Where a text may be cut between blocks, best first: line, sentence, word.
_LINE = re.compile(r"\n\s*")
# A cut before this share of the passage wastes too much of it.
_LEAST_FILL = 0.5


@dataclass(frozen=True, slots=True)
class _Placed:
    """A block with the headings above it, its own among them."""

    block: Block
    path: Path


def cuts(document: StructuredText, chunking: Chunking) -> Iterator[Cut]:
    """Never from one top heading's text into another's; tables and captions alone."""
    for section in _sections(document.blocks):
        yield from _cuts(document.text, section, chunking)


def _top_level(blocks: Sequence[Block]) -> int:
    """The level whose headings part the document: a single one above them is its title."""
    levels = sorted(block.level for block in blocks if block.kind is BlockKind.HEADING)
    repeated = [level for level, following in pairwise(levels) if level == following]
    return min(repeated, default=levels[0] if levels else 0)


def _sections(blocks: Sequence[Block]) -> Iterator[list[_Placed]]:
    """What lies between two top headings; no passage reaches from one into another."""
    top = _top_level(blocks)
    section: list[_Placed] = []
    path: list[tuple[int, str]] = []
    has_body = False
    for block in blocks:
        if block.kind is BlockKind.HEADING:
            path = [(level, label) for level, label in path if level < block.level]
            path.append((block.level, block.label))
            # A title right above a first heading stays with it.
            if block.level <= top and has_body:
                yield section
                section, has_body = [], False
        else:
            has_body = True
        section.append(_Placed(block, tuple(label for _, label in path)))
    if section:
        yield section


def _cuts(text: str, section: Sequence[_Placed], chunking: Chunking) -> Iterator[Cut]:
    """Runs of text are packed, tables stand alone."""
    run: list[_Placed] = []
    for placed in section:
        table = placed.block.kind is BlockKind.TABLE and tables.find(
            text, placed.block.start, placed.block.end, chunking.size
        )
        if placed.block.kind is BlockKind.CAPTION:
            if run:
                yield from _pack(text, run, chunking)
            yield from _pack(text, [placed], chunking)
            run = []
            continue
        if not table:
            run.append(placed)
            continue
        start = table.start
        above = all(p.block.kind is BlockKind.HEADING for p in run)
        if run and above and table.start - run[0].block.start < chunking.size - table.first:
            # Headings alone are no passage: they go with the table below them.
            start = run[0].block.start
        elif run:
            yield from _pack(text, run, chunking)
        for piece in tables.split(text, table, start, chunking.size):
            yield Cut(piece.start, piece.end, placed.path, piece.head)
        run = []
    if run:
        yield from _pack(text, run, chunking)


def _pack(text: str, run: Sequence[_Placed], chunking: Chunking) -> Iterator[Cut]:
    """Fill passages from block to block; cut inside one only where it is too long."""
    starts = [placed.block.start for placed in run]
    position, finish = starts[0], run[-1].block.end
    begin = position
    while position < finish:
        end = _end(text, run, starts, begin, position, finish, chunking.size)
        yield Cut(begin, end, _common_path(run, starts, position, end))
        # A heading begins something new: what stands before it is no help there.
        fresh = _starts_heading(run, starts, end)
        begin = end if fresh else _overlap_start(text, position, end, chunking.overlap)
        position = end


def _starts_heading(run: Sequence[_Placed], starts: Sequence[int], position: int) -> bool:
    index = bisect_left(starts, position)
    return (
        index < len(starts)
        and starts[index] == position
        and run[index].block.kind is BlockKind.HEADING
    )


def _end(
    text: str,
    run: Sequence[_Placed],
    starts: Sequence[int],
    begin: int,
    position: int,
    finish: int,
    size: int,
) -> int:
    """Where the passage that begins at `begin`, its new text at `position`, ends best."""
    limit = begin + size
    if finish <= limit:
        return finish
    least = max(position + 1, begin + int(size * _LEAST_FILL))
    # No passage ends with a heading: what stands below it would lose it.
    inner = [
        index
        for index in range(bisect_left(starts, least), bisect_right(starts, limit))
        if index and run[index - 1].block.kind is not BlockKind.HEADING
    ]
    headings = [i for i in inner if run[i].block.kind is BlockKind.HEADING]
    if chosen := headings or inner:
        return starts[chosen[-1]]
    for pattern in (_LINE, SENTENCE, WORD):
        ends = [match.end() for match in pattern.finditer(text, least, limit)]
        if ends:
            return ends[-1]
    return limit


def _overlap_start(text: str, floor: int, end: int, overlap: int) -> int:
    """Repeat whole sentences where there are some, else whole words, else nothing."""
    earliest = max(floor, end - overlap)
    if not overlap or earliest >= end:
        return end
    for pattern in (SENTENCE, WORD):
        for match in pattern.finditer(text, earliest, end):
            if match.end() < end:
                return match.end()
    return end


def _common_path(run: Sequence[_Placed], starts: Sequence[int], start: int, end: int) -> Path:
    """The headings that hold for all of the passage's new text."""
    first = max(bisect_right(starts, start) - 1, 0)
    within = run[first : bisect_left(starts, end)]
    bodies = [p.path for p in within if p.block.kind is not BlockKind.HEADING]
    paths = bodies or [within[-1].path]
    common: list[str] = []
    for labels in zip(*paths, strict=False):
        if len(set(labels)) > 1:
            break
        common.append(labels[0])
    return tuple(common)
