"""What is seen of files being taken in: bars meanwhile, a table at the end."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Column, Table
from rich.text import Text

from cli.files import Address
from cli.output import wide_console
from cli.printable import one_line

# A folder of thousands ends with its refusals and the counts, not with thousands of lines.
ROWS = 200


class State(StrEnum):
    IN = "in"
    KNOWN = "known"
    REFUSED = "refused"
    FAILED = "failed"
    UNFINISHED = "unfinished"


MEANING = {
    State.IN: ("taken in", "green"),
    State.KNOWN: ("in already", "green"),
    State.REFUSED: ("refused", "yellow"),
    State.FAILED: ("failed", "red"),
    State.UNFINISHED: ("not finished", "yellow"),
}


@dataclass(frozen=True)
class Entry:
    """What became of one file, or of one address."""

    path: str
    state: State
    id: str | None = None
    passages: int = 0
    code: str = ""
    detail: str = ""


class Silence:
    """Shows nothing: for programs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def began(self, file: Path | Address) -> None: ...

    def moved(self, file: Path | Address, doing: str, fraction: float) -> None: ...

    def ended(self, file: Path | Address) -> None: ...


class Bars:
    """A bar for each file that is being taken in, and a count; nothing where no terminal is."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[name]}"),
            BarColumn(bar_width=20),
            TextColumn("[dim]{task.fields[doing]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._files: dict[Path | Address, TaskID] = {}
        self._done = 0
        self._total: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._total = self._progress.add_task("", total=None, name="", doing="0 done")
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def began(self, file: Path | Address) -> None:
        name = Text(one_line(file.name, 50)).markup
        self._files[file] = self._progress.add_task("", total=1.0, name=name, doing="uploading")

    def moved(self, file: Path | Address, doing: str, fraction: float) -> None:
        self._progress.update(self._files[file], completed=fraction, doing=one_line(doing))

    def ended(self, file: Path | Address) -> None:
        self._progress.remove_task(self._files.pop(file))
        self._done += 1
        if self._total is not None:
            self._progress.update(self._total, doing=f"{self._done} done")


def report(entries: Sequence[Entry]) -> None:
    """The table: what is in with its passages, what is not and why; then the counts."""
    console = wide_console()
    if not entries:
        console.print("No files found: hidden ones count only when named themselves.")
        return
    good = [entry for entry in entries if entry.state in (State.IN, State.KNOWN)]
    bad = [entry for entry in entries if entry not in good]
    right = Column("passages", justify="right")
    table = Table("file", "", right, "why", box=None, pad_edge=False)
    shared = _shared(entries)
    for entry in [*good[:ROWS], *bad[:ROWS]]:
        table.add_row(*_row(entry, shared))
    if shared:
        console.print(Text(f"in {one_line(shared)}", style="dim"))
    console.print(table)
    for hidden, word in ((len(good) - ROWS, "taken in"), (len(bad) - ROWS, "not taken in")):
        if hidden > 0:
            console.print(f"… and {hidden:,} more {word}")
    counts = Counter(entry.state for entry in entries)
    said = [f"{counts[state]:,} {meaning}" for state, (meaning, _) in MEANING.items()]
    passages = sum(entry.passages for entry in good)
    shown = [text for text, state in zip(said, MEANING, strict=True) if counts[state]]
    console.print(f"\n{', '.join(shown)}; {passages:,} passages can be searched")


def _shared(entries: Sequence[Entry]) -> str:
    """The folder that all files are in, which no row needs to repeat; empty for none."""
    files = [entry.path for entry in entries if not _is_address(entry.path)]
    folders = {os.path.dirname(os.path.abspath(file)) for file in files}  # noqa: PTH100, PTH120 - commonpath wants text
    shared = os.path.commonpath(folders) if folders else os.path.sep
    return "" if shared == os.path.sep else shared


def _is_address(path: str) -> bool:
    return path.lower().startswith(("http://", "https://"))


def _row(entry: Entry, shared: str) -> tuple[Text, ...]:
    meaning, colour = MEANING[entry.state]
    why = f"{one_line(entry.detail)} ({entry.code})" if entry.code else one_line(entry.detail)
    passages = f"{entry.passages:,}" if entry.passages else ""
    path = entry.path if _is_address(entry.path) else os.path.relpath(entry.path, shared or None)
    return (
        Text(one_line(path), overflow="fold"),
        Text(meaning, style=colour),
        Text(passages),
        Text(why, style="dim", overflow="fold"),
    )
