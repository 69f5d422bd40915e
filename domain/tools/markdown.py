"""Tables for a model to read: Markdown, bounded."""

from collections.abc import Sequence
from typing import Final

# About 5,000 tokens: a model can still think about it.
MOST_CHARACTERS: Final = 20_000


def table(
    header: Sequence[str], rows: Sequence[Sequence[str | None]], *, most: int = MOST_CHARACTERS
) -> tuple[str, int]:
    """The table and how many of the rows are in it; `most` counts characters. None is `NULL`."""
    lines = [_line(header), _line(["---"] * len(header))]
    length = sum(map(len, lines))
    for row in rows:
        line = _line(["NULL" if cell is None else cell for cell in row])
        length += len(line) + 1
        if length > most:
            break
        lines.append(line)
    return "\n".join(lines), len(lines) - 2


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """On one line, and with no mark that ends a cell."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
