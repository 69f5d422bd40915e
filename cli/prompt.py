"""Where a message is typed: with a history, several lines, and commands completed."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, WordCompleter
from prompt_toolkit.document import Document as Typed
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.shortcuts import CompleteStyle

LARGEST_HISTORY = 1024 * 1024  # bytes of what was typed; the older half goes then


class _Commands(Completer):
    """Completes commands at the start of a line, and nothing else."""

    def __init__(self, commands: Mapping[str, str]) -> None:
        self._words = WordCompleter(list(commands), meta_dict=commands, sentence=True)

    def get_completions(
        self, document: Typed, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        if document.text.startswith("/"):
            yield from self._words.get_completions(document, complete_event)


def prompt(commands: Mapping[str, str]) -> PromptSession[str]:
    """Enter sends, Alt-Enter makes a new line; `commands` are completed, each with its meaning."""
    keys = KeyBindings()

    @keys.add("enter")
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _break(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return PromptSession(
        history=FileHistory(_history_file()),
        completer=_Commands(commands),
        key_bindings=keys,
        multiline=True,
        # Completions come by Tab, below: a menu would keep eight empty lines under every prompt.
        complete_style=CompleteStyle.READLINE_LIKE,
        complete_while_typing=False,
        reserve_space_for_menu=0,
        prompt_continuation="  ",
    )


def _history_file() -> str:
    """What was typed before: for its user's eyes only, and not for ever."""
    state = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
    path = state / "holdfast" / "typed"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    if path.stat().st_size > LARGEST_HISTORY:
        _, _, newer = path.read_bytes()[-LARGEST_HISTORY // 2 :].partition(b"\n\n")
        path.write_bytes(newer)
    return str(path)
