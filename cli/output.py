"""Lists and documents on a terminal, or in a file."""

import json
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.printable import one_line, printable

# Into a file or a pipe each row is one line.
WIDE = 500
# Enough to judge a call by; what is cut is said to be.
LONGEST_ARGUMENT = 4_000


def wide_console(*, stderr: bool = False) -> Console:
    console = Console(highlight=False, stderr=stderr)
    if not console.is_terminal:
        console.width = WIDE
    return console


def print_page(
    page: dict[str, Any],
    columns: tuple[str, ...],
    row: Callable[[dict[str, Any]], tuple[Text, ...]],
    *,
    none: str,
    as_json: bool,
) -> None:
    """A page of a list; `none` is said of an empty one."""
    if as_json:
        print(json.dumps(page))
        return
    items = page.get("items", [])
    if not items:
        print(none)
        return
    table = Table(*columns, box=None, pad_edge=False)
    for one in items:
        table.add_row(*row(one))
    console = wide_console()
    console.print(table)
    if page.get("next_cursor"):
        console.print(Text("There are more, older ones.", style="dim"))


def append_arguments(body: Text, values: dict[str, Any], left_out: str) -> None:
    """A line for each; of a long one, how many characters are `left_out`."""
    for name, value in values.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        clean = printable(shown)
        body.append(f"  {one_line(name)}: ", style="cyan")
        body.append(clean[:LONGEST_ARGUMENT].replace("\n", "\n    ") + "\n")
        if (left := len(clean) - LONGEST_ARGUMENT) > 0:
            body.append(f"    … {left:,} more characters{left_out}\n", style="red")
