"""Tables that are drawn with lines, as Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.parsing.layout.geometry import Box, Rule, Word, around
from domain.parsing.tables import table

# Lines nearer than this are one; strokes end about where they should.
_SNAP = 3.0
# More is a drawing, and looking for cells in it takes too long.
_MOST_RULES = 1_000
# Lines farther apart than this do not belong to one table.
_FARTHEST = 400.0
_MOST_CELLS = 3_000


@dataclass(frozen=True, slots=True)
class Grid:
    box: Box
    rows: list[list[str]]
    words: list[Word]

    def markdown(self) -> str:
        return table(self.rows)


def grids(rules: Sequence[Rule], words: Sequence[Word]) -> list[Grid]:
    """From the largest group of touching lines down."""
    if not 3 <= len(rules) <= _MOST_RULES:
        return []
    groups = list(_groups(rules))
    found = [grid for group in groups if (grid := _grid(group, words))]
    taken = {id(word) for grid in found for word in grid.words}
    flat = [rule.box for group in groups if len(group) == 1 for rule in group if rule.flat]
    left = [word for word in words if id(word) not in taken]
    found += [grid for stack in _stacks(flat) if (grid := _banded(stack, left))]
    return sorted(found, key=lambda grid: grid.box.top)


def _stacks(flat: Sequence[Box]) -> Iterator[list[Box]]:
    """Lines of one length, one below the other: what is between may be a table's rows."""
    stack: list[Box] = []
    for box in sorted(flat, key=lambda box: (round(box.left / _SNAP), box.top)):
        last = stack[-1] if stack else None
        same = last and abs(last.left - box.left) < _SNAP and abs(last.right - box.right) < _SNAP
        if last and (not same or box.top - last.top > _FARTHEST):
            yield stack
            stack = []
        stack.append(box)
    if stack:
        yield stack


def _banded(stack: Sequence[Box], words: Sequence[Word]) -> Grid | None:
    """A table of horizontal lines alone: its columns are parted by white that runs through."""
    if len(stack) < 3:
        return None
    box = around(stack)
    within = [word for word in words if box.holds(word.box.middle)]
    rows = _bands(stack, within)
    edges = _gaps(within, box)
    if len(edges) < 1 or len(rows) < 2:
        return None
    cells = [[_between(row, edges, column) for column in range(len(edges) + 1)] for row in rows]
    filled = [cell for row in cells for cell in row if cell]
    # Text between two lines has gaps now and then, but not through all of its lines.
    if len(filled) * 2 < len(cells) * len(cells[0]):
        return None
    return Grid(box, cells, within)


def _bands(stack: Sequence[Box], words: Sequence[Word]) -> list[list[Word]]:
    """By the lines where each row has one, else by the lines of text between them."""
    ys = _snapped([box.middle[1] for box in stack])
    between = [
        [word for word in words if top <= word.box.middle[1] < bottom]
        for top, bottom in pairwise(ys)
    ]
    return [row for band in between if band for row in (_lines(band) if len(ys) <= 4 else [band])]


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.box.top):
        if rows and rows[-1][0].box.beside(word.box):
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _gaps(words: Sequence[Word], box: Box) -> list[float]:
    """The middles of white columns at least as wide as a letter is high."""
    edges: list[float] = []
    reached = box.left
    for word in sorted(words, key=lambda word: word.box.left):
        if word.box.left - reached > max(word.box.height, _SNAP) and reached > box.left:
            edges.append((reached + word.box.left) / 2)
        reached = max(reached, word.box.right)
    return edges


def _between(row: Sequence[Word], edges: Sequence[float], column: int) -> str:
    left = edges[column - 1] if column else float("-inf")
    right = edges[column] if column < len(edges) else float("inf")
    inside = [word for word in row if left <= word.box.middle[0] < right]
    ordered = sorted(
        inside, key=lambda word: (round(word.box.top / word.box.height), word.box.left)
    )
    return " ".join(word.text for word in ordered)


def _touch(one: Box, other: Box) -> bool:
    return (
        one.left - _SNAP <= other.right
        and other.left - _SNAP <= one.right
        and one.top - _SNAP <= other.bottom
        and other.top - _SNAP <= one.bottom
    )


def _groups(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    left = list(rules)
    while left:
        group = [left.pop()]
        for member in group:
            near = [rule for rule in left if _touch(member.box, rule.box)]
            group += near
            left = [rule for rule in left if rule not in near] if near else left
        yield group


def _snapped(values: Sequence[float]) -> list[float]:
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _SNAP:
            places.append(value)
    return places


class _Cells:
    """Which of a grid's fields are one cell: those with no line between them."""

    def __init__(self, xs: list[float], ys: list[float], group: Sequence[Rule]) -> None:
        self.xs, self.ys = xs, ys
        self._flat = [rule.box for rule in group if rule.flat]
        self._upright = [rule.box for rule in group if not rule.flat]
        self._parents = {
            (row, column): (row, column)
            for row in range(len(ys) - 1)
            for column in range(len(xs) - 1)
        }
        for row, column in self._parents:
            if column and not self._wall(row, column):
                self._join((row, column), (row, column - 1))
            if row and not self._floor(row, column):
                self._join((row, column), (row - 1, column))

    def _wall(self, row: int, column: int) -> bool:
        x, y = self.xs[column], (self.ys[row] + self.ys[row + 1]) / 2
        return any(box.holds((x, y), _SNAP) for box in self._upright)

    def _floor(self, row: int, column: int) -> bool:
        x, y = (self.xs[column] + self.xs[column + 1]) / 2, self.ys[row]
        return any(box.holds((x, y), _SNAP) for box in self._flat)

    def cell(self, field: tuple[int, int]) -> tuple[int, int]:
        while self._parents[field] != field:
            field = self._parents[field]
        return field

    def _join(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        first, second = sorted((self.cell(one), self.cell(other)))
        self._parents[second] = first

    def field(self, point: tuple[float, float]) -> tuple[int, int]:
        x, y = point
        column = sum(place <= x for place in self.xs[1:-1])
        return sum(place <= y for place in self.ys[1:-1]), column


def _grid(group: Sequence[Rule], words: Sequence[Word]) -> Grid | None:
    xs = _snapped([rule.box.middle[0] for rule in group if not rule.flat])
    ys = _snapped([rule.box.middle[1] for rule in group if rule.flat])
    if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > _MOST_CELLS:
        return None
    box = around([rule.box for rule in group])
    within = [word for word in words if box.holds(word.box.middle)]
    cells = _Cells(xs, ys, group)
    texts: dict[tuple[int, int], list[str]] = {}
    for word in within:
        texts.setdefault(cells.cell(cells.field(word.box.middle)), []).append(word.text)
    rows = [
        [" ".join(texts.get((row, column), ())) for column in range(len(xs) - 1)]
        for row in range(len(ys) - 1)
    ]
    rows = [row for row in rows if any(row)]
    filled = sum(1 for row in rows for cell in row if cell)
    # A frame around a paragraph, or the axes of a chart, is no table.
    if len(rows) < 2 or filled < 4 or filled * 4 < len(rows) * len(rows[0]):
        return None
    return Grid(box, rows, within)
