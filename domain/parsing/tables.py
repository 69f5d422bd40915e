"""Rows of cells as a Markdown table."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """The first row is the header; all have its width. No line end at the end."""
    head, *body = rows
    return "\n".join([_line(head), _line(["---"] * len(head), raw=True), *map(_line, body)])


def _line(cells: Sequence[str], *, raw: bool = False) -> str:
    return f"| {' | '.join(cells if raw else map(cell, cells))} |"


def cell(value: str) -> str:
    """On one line, its bars told from the table's."""
    return " ".join(value.split()).replace("\\", "\\\\").replace("|", "\\|")
