"""Cells of web pages that reach over rows and columns, said in each field that they cover."""

from collections import deque
from copy import copy

from bs4 import Tag

# Browsers allow 1,000 columns and 65,534 rows; a table of more fields than this is an attack.
_MOST_COLUMNS = 200
_MOST_ROWS = 1_000
_MOST_FIELDS = 50_000


def spread(soup: Tag) -> None:
    """A Markdown table has no spans: without this, cells would slide under foreign headers."""
    left = _MOST_FIELDS
    for table in soup.find_all("table"):
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        if any(_spans(cell) for row in rows for cell in _cells(row)):
            left -= _spread(rows, left)


def _cells(row: Tag) -> list[Tag]:
    return list(row.find_all(["td", "th"], recursive=False))


def _span(cell: Tag, name: str, most: int) -> int:
    value = str(cell.get(name) or "1").strip()
    # Seven figures say as much as a thousand: more than `most`.
    return max(1, min(int(value[:7]), most)) if value.isdecimal() else 1


def _spans(cell: Tag) -> bool:
    return _span(cell, "colspan", _MOST_COLUMNS) > 1 or _span(cell, "rowspan", _MOST_ROWS) > 1


def _spread(rows: list[Tag], left: int) -> int:
    """How many fields were added. Rows that come after too many stand without their spans."""
    above: dict[int, tuple[int, Tag]] = {}
    laid: list[tuple[Tag, list[Tag], list[Tag]]] = []
    added = 0
    for row in rows:
        cells = _cells(row)
        fields, above = _row(cells, above) if added <= left else (cells, {})
        added += len(fields) - len(cells)
        laid.append((row, cells, fields))
    width = max((_width(fields) for _, _, fields in laid), default=0)
    for row, cells, fields in laid:
        for cell in cells:
            cell.extract()
        row.clear()
        if cells and all(_span(cell, "rowspan", _MOST_ROWS) > 1 for cell in cells):
            # All that it says is said again below.
            row.decompose()
        else:
            row.extend(_single(cell) for cell in fields[:width])
    return added


def _width(fields: list[Tag]) -> int:
    """Up to the last column that a cell begins in: whoever means "all of them" says 100, and a
    hundred columns would push the table's words out of its passages."""
    begins = (n for n in range(len(fields) - 1, 0, -1) if fields[n] is not fields[n - 1])
    return next(begins, 0) + 1 if fields else 0


def _row(
    cells: list[Tag], above: dict[int, tuple[int, Tag]]
) -> tuple[list[Tag], dict[int, tuple[int, Tag]]]:
    """The cell of each of the row's columns, and by column what reaches into the next row, how
    often."""
    placed: list[Tag] = []
    below: dict[int, tuple[int, Tag]] = {}
    waiting = deque(cells)
    while waiting or any(column >= len(placed) for column in above):
        if len(placed) in above:
            times, cell = above[len(placed)]
            if times > 1:
                below[len(placed)] = times - 1, cell
            placed.append(cell)
        elif not waiting:
            # The row ends before a field that comes from above: nobody would see it there.
            break
        else:
            cell = waiting.popleft()
            high = _span(cell, "rowspan", _MOST_ROWS)
            for _ in range(_span(cell, "colspan", _MOST_COLUMNS)):
                if high > 1:
                    below[len(placed)] = high - 1, cell
                placed.append(cell)
    return placed, below


def _single(cell: Tag) -> Tag:
    single = copy(cell)
    for name in ("colspan", "rowspan"):
        single.attrs.pop(name, None)
    return single
