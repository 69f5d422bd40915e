"""Words to lines, and lines into reading order."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from domain.parsing.layout.geometry import Box, Line, Word

# A gap of so many line heights parts two columns or two cells; justified text stays below.
_WIDE_GAP = 1.1
# Nearer than this, letters stand in one word or beside their superscript.
_NARROW_GAP = 0.8
# Columns are looked for in the middle of what they divide.
_GUTTER_FROM, _GUTTER_TO, _GUTTER_STEPS = 0.2, 0.8, 61
# A column of text has lines of this many characters, mostly.
_LEAST_CHARACTERS = 24
# Lines side by side are level within this share of their height; of columns' lines fewer are.
_LEVEL = 0.15
_MOST_LEVEL = 0.5
_LEAST_LINES = 4
# So much of a region may cross its gutter: titles, wide figures' captions.
_MOST_CROSSING = 0.5
_DEPTH = 3


def lines(words: Sequence[Word]) -> list[Line]:
    """In the order in which they were written."""
    found: list[Line] = []
    for run in _runs(words):
        line = Line(run)
        last = found[-1] if found else None
        # A superscript comes as a line of its own; so does what follows it.
        if last and last.box.beside(line.box) and _touches(last.box, line.box):
            found[-1] = Line(sorted([*last.words, *run], key=lambda word: word.box.left))
        else:
            found.append(line)
    return found


def _touches(left: Box, right: Box) -> bool:
    gap = max(right.left - left.right, left.left - right.right)
    return -_NARROW_GAP < gap / max(left.height, right.height, 1) < _NARROW_GAP


def _runs(words: Sequence[Word]) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in words:
        if run and (run[-1].breaks or _parted(run[-1].box, word.box)):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _parted(before: Box, after: Box) -> bool:
    height = max(before.height, after.height, 1)
    gap = after.left - before.right
    return gap > _WIDE_GAP * height or gap < -height or not before.beside(after)


def ordered(found: Sequence[Line], depth: int = _DEPTH) -> list[Line]:
    """As a person reads them: columns one after the other, between what spans them."""
    gutter = _gutter(found) if depth else None
    if gutter is None:
        return _by_rows(found)
    reading: list[Line] = []
    below = sorted(found, key=lambda line: line.box.top)
    for crossing, band in groupby(below, key=lambda line: _crosses(line, gutter)):
        if crossing:
            reading += _by_rows(list(band))
            continue
        sides = list(band)
        reading += ordered([line for line in sides if line.box.right <= gutter], depth - 1)
        reading += ordered([line for line in sides if line.box.left >= gutter], depth - 1)
    return reading


def _by_rows(found: Sequence[Line]) -> list[Line]:
    """Top to bottom; what stands side by side from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(found, key=lambda line: line.box.top):
        if rows and rows[-1][0].box.beside(line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]


def _crosses(line: Line, x: float) -> bool:
    return line.box.left < x < line.box.right


def _gutter(found: Sequence[Line]) -> float | None:
    """Where text parts into columns; None when it does not."""
    if len(found) < 2 * _LEAST_LINES:
        return None
    left = min(line.box.left for line in found)
    right = max(line.box.right for line in found)
    share = (_GUTTER_TO - _GUTTER_FROM) / (_GUTTER_STEPS - 1)
    places = [
        left + (right - left) * (_GUTTER_FROM + share * step) for step in range(_GUTTER_STEPS)
    ]
    crossing = {x: sum(_crosses(line, x) for line in found) for x in places}
    least = min(crossing.values())
    if least > _MOST_CROSSING * len(found):
        return None
    best = [x for x in places if crossing[x] == least]
    # The middle of the widest run of equally good places.
    x = best[len(best) // 2]
    lefts = [line for line in found if line.box.right <= x]
    rights = [line for line in found if line.box.left >= x]
    return x if _are_columns(lefts, rights) else None


def _are_columns(lefts: Sequence[Line], rights: Sequence[Line]) -> bool:
    """A table's cells are short and stand on the lines of their row."""
    if min(len(lefts), len(rights)) < _LEAST_LINES:
        return False
    if min(_usual_length(lefts), _usual_length(rights)) >= _LEAST_CHARACTERS:
        return True
    fewer, more = sorted((lefts, rights), key=len)
    level = sum(
        any(abs(line.box.bottom - other.box.bottom) < _LEVEL * line.size for other in more)
        for line in fewer
    )
    return level < _MOST_LEVEL * len(fewer)


def _usual_length(side: Sequence[Line]) -> int:
    return sorted(len(line.text) for line in side)[len(side) // 2]
