"""Tables that are drawn with lines, as Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.parsing.layout.geometry import Box, Rule, Word, around
from domain.parsing.tables import table

# Lines nearer than this are one; strokes end about where they should.
_SNAP = 3.0
# More is a drawing, and looking for cells in it takes too long.
_MOST_RULES = 1_000
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
    if not 4 <= len(rules) <= _MOST_RULES:
        return []
    found = [grid for group in _groups(rules) if (grid := _grid(group, words))]
    return sorted(found, key=lambda grid: grid.box.top)


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
