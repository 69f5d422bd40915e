"""Workbooks of very many cells, row by row.

docling looks for separate tables on a sheet and takes 60 us and 4 KB a cell for it; what has this
many cells is data, and its rows are enough.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from domain.parsing import marked
from domain.parsing.limits import TEXT_BYTES
from domain.parsing.structure import Block, BlockKind, PageStart, StructuredText
from domain.parsing.tables import table

Worksheet = Any  # openpyxl has no types

# A row of more is no table that anyone reads; what stands further right is left out.
_COLUMNS = 1_000


def read(data: bytes) -> StructuredText:
    """Its blocks are known: to look for them in a text of this length costs more than the rest."""
    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    texts: list[str] = []
    blocks: list[Block] = []
    starts: list[PageStart] = []
    length = 0
    for number, sheet in enumerate(book.worksheets, 1):
        starts.append(PageStart(length, number))
        label = marked.caption_line(marked.cleaned(sheet.title))
        parts = [(BlockKind.HEADING, 2, label, f"## {label}\n\n")]
        parts += [(BlockKind.TABLE, 0, "", f"{_table(rows)}\n\n") for rows in _tables(sheet)]
        if len(parts) == 1:
            continue
        for kind, level, words, text in parts:
            blocks.append(Block(kind, length, length + len(text), level, words))
            texts.append(text)
            length += len(text)
            if length > TEXT_BYTES:
                # No use to go on: what is longer is refused.
                break
    book.close()
    return StructuredText("", "".join(texts), blocks, starts, pages=len(starts))


def _tables(sheet: Worksheet) -> Iterator[list[list[str]]]:
    # What a file says of its own size is not believed.
    sheet.reset_dimensions()
    rows: list[list[str]] = []
    for row in sheet.iter_rows(max_col=_COLUMNS, values_only=True):
        cells = [_text(value) for value in row]
        if any(cells):
            rows.append(cells)
        elif rows:
            yield rows
            rows = []
    if rows:
        yield rows


def _table(rows: list[list[str]]) -> str:
    used = {index for row in rows for index, cell in enumerate(row) if cell}
    width = max(used) + 1
    return table([[*row, *[""] * (width - len(row))][:width] for row in rows])


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date | time):
        return value.isoformat()
    return marked.cleaned(str(value))
