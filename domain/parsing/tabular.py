"""CSV: one Markdown table, whatever its delimiter and however ragged its rows."""

import csv
import io

from domain.parsing.structure import Block, BlockKind, StructuredText
from domain.parsing.tables import table
from models.errors import TooLargeError

_DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 64 * 1024
# A row of more cells than this is no table that anyone reads.
_MOST_COLUMNS = 1_000


def _delimiter(sample: str) -> str:
    """The character that splits the most lines into the same number of cells, above one."""

    def evenness(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(io.StringIO(sample), delimiter=delimiter))[:100]
        widths = [len(row) for row in rows if row]
        wide = [width for width in widths if width > 1]
        if not wide:
            return 0, 0
        usual = max(set(wide), key=wide.count)
        return wide.count(usual), usual

    return max(_DELIMITERS, key=evenness)


def read(text: str) -> StructuredText:
    """The first row is the header; short rows are filled up, long ones widen the table."""
    csv.field_size_limit(len(text) + 1)
    rows = [
        row
        for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text[:_SAMPLE_CHARACTERS]))
        if any(value.strip() for value in row)
    ]
    if not rows:
        return StructuredText(title="", text="", blocks=())
    width = max(len(row) for row in rows)
    if width > _MOST_COLUMNS:
        raise TooLargeError(
            f"The table has {width:,} columns; {_MOST_COLUMNS:,} is the limit.",
            code="document_too_long",
        )
    written = table([[*row, *[""] * (width - len(row))] for row in rows]) + "\n"
    return StructuredText(title="", text=written, blocks=[Block(BlockKind.TABLE, 0, len(written))])
