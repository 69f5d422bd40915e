"""Split a Markdown table by its rows, the header repeated."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")


@dataclass(frozen=True, slots=True)
class Table:
    """`head` is its header and rule, with the line end; rows begin at `body`."""

    start: int
    body: int
    end: int
    head: str
    first: int
    """Length of header and first row."""


@dataclass(frozen=True, slots=True)
class Piece:
    start: int
    end: int
    head: str = ""


def find(text: str, start: int, end: int, size: int) -> Table | None:
    """None when it has no header, or one that leaves less than half of `size` for rows: such a
    table is cut like text."""
    lines = text[start:end].split("\n", 2)
    if len(lines) < 3 or not _RULE.match(lines[1]):
        return None
    head = f"{lines[0]}\n{lines[1]}\n"
    if len(head) > size // 2:
        return None
    row = lines[2].partition("\n")[0]
    return Table(start, start + len(head), end, head, len(head) + len(row) + 1)


def split(text: str, table: Table, start: int, size: int) -> Iterator[Piece]:
    """Pieces of at most `size` characters, header included; the first begins at `start`, which
    may take in headings above the table."""
    begin, end, head = start, table.body, ""
    for row_start, row_end in _rows(text, table, size - len(table.head)):
        if len(head) + row_end - begin > size and end > begin:
            # Headings and header with no room for a row stand alone.
            yield Piece(begin, end, head)
            begin, head = row_start, table.head
        end = row_end
    if end > begin:
        yield Piece(begin, end, head)


def _rows(text: str, table: Table, room: int) -> Iterator[tuple[int, int]]:
    """Rows by their lines; one that is too long comes in parts."""
    position = table.body
    while position < table.end:
        line_end = text.find("\n", position, table.end)
        stop = table.end if line_end < 0 else line_end + 1
        while position < stop:
            part_end = min(stop, position + room)
            yield position, part_end
            position = part_end
