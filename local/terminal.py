"""The processes' lines on a terminal, in colour; a slow terminal loses lines, never holds us up."""

import queue
import sys
import threading
from pathlib import Path

from rich.console import Console
from rich.text import Text

from local.layout import Stack
from local.process import OWN_NAME

# About a second of a chatty worker; what does not fit is counted, and is in the log files anyway.
LINES = 2000
CLOSE_SECONDS = 1.0
COLOURS = {
    "edge": "cyan",
    "worker": "green",
    "temporal": "magenta",
    "postgres": "blue",
    "redis": "red",
    "model": "yellow",
    "smollm2": "yellow",
    "slack": "magenta",
    OWN_NAME: "bold",
}
WIDTH = 9


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the program."""
        raise BrokenPipeError


class Terminal:
    """Prints in a thread of its own, out of a bounded queue."""

    def __init__(self, logs: Path) -> None:
        self._console = _Screen(file=sys.stdout, highlight=False, soft_wrap=True)
        self._logs = logs
        self._lines: queue.Queue[Text | None] = queue.Queue(LINES)
        self._lost = 0
        self._broken = False
        self._up = False
        self._thread = threading.Thread(target=self._print, name="terminal", daemon=True)
        self._thread.start()

    def show(self, name: str, line: str) -> None:
        if not self._up and name != OWN_NAME:
            return  # what servers say while they start is in the log files
        colour = COLOURS.get(name.split("-", maxsplit=1)[0], "white")
        prefix = Text(f"{name:<{WIDTH}} ", style=colour)
        self._put(prefix.append_text(Text.from_ansi(line)))

    def welcome(self, stack: Stack, seconds: float) -> None:
        self._up = True
        self._put(welcome(stack, seconds))

    def close(self) -> None:
        """Let it print what it has, for a bounded time."""
        self._put(None)
        self._thread.join(CLOSE_SECONDS)

    @property
    def is_printing(self) -> bool:
        return self._thread.is_alive()

    def _put(self, line: Text | None) -> None:
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._lost += 1

    def _print(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._broken:
                continue
            try:
                if self._lost:
                    lost, self._lost = self._lost, 0
                    self._console.print(f"… {lost} lines not shown; they are in {self._logs}")
                self._console.print(line)
            except (OSError, ValueError):  # the reader of our output went away; go on without
                self._broken = True


def welcome(stack: Stack, seconds: float) -> Text:
    """Where things are, and what to copy."""
    text = Text(f"\nHoldfast is up ({seconds:.1f} s); Ctrl-C stops all of it.\n\n", style="bold")
    rows = {
        "App": stack.web,
        "API": stack.api,
        "Its pages": f"{stack.api}/docs" if stack.api else "",
        "Temporal UI": stack.temporal_ui,
        "Model": stack.model_base_url,
        "Slack": stack.slack,
        "Data": str(stack.folder),
        "Space": str(stack.space_id),
    }
    for name, value in rows.items():
        if value:
            text.append(f"  {name:<12}", style="dim").append(f"{value}\n")
    if stack.api:
        text.append("\n  Admin of the local space for 12 hours, and a question:\n\n", style="dim")
        text.append(f"TOKEN={stack.token}\n{question(stack)}\n\n")
        text.append("  Or talk to it in another terminal:  ", style="dim").append("holdfast chat\n")
    return text


def question(stack: Stack) -> str:
    """A command that streams an answer."""
    return (
        f"curl -N {stack.api}/v1/messages"
        ' -H "Authorization: Bearer $TOKEN"'
        f" -H 'X-Space-Id: {stack.space_id}'"
        " -H 'Content-Type: application/json' -H 'Accept: text/event-stream'"
        """ -d '{"content": "What can you do for me?"}'"""
    )
