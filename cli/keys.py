"""What is typed while an answer comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from prompt_toolkit.application.current import get_app_session
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

# Terminals then say where a paste begins and ends, so that its lines are not sent one by one.
_PASTES_MARKED = "\x1b[?2004h"
_PASTES_PLAIN = "\x1b[?2004l"
LONGEST_LINE = 100_000

Submit = Callable[[str], None]
Do = Callable[[], None]


class Line:
    """A line that is edited key by key; Enter submits it."""

    def __init__(self, submit: Submit, interrupt: Do, leave: Do, changed: Do) -> None:
        self.text = ""
        self._submit = submit
        self._changed = changed
        self._actions: dict[str, Do] = {
            Keys.ControlC: interrupt,
            Keys.ControlD: leave,
            Keys.ControlM: self._enter,
            Keys.ControlJ: self._enter,
            Keys.ControlH: self._erase,
            Keys.ControlU: self._clear,
            Keys.ControlW: self._erase_word,
        }

    def press(self, key: KeyPress) -> None:
        if action := self._actions.get(key.key):
            action()
        elif key.key == Keys.BracketedPaste or len(key.key) == 1:
            pasted = key.data.replace("\r\n", "\n").replace("\r", "\n")
            self.text = (self.text + pasted)[:LONGEST_LINE]
        self._changed()

    def _enter(self) -> None:
        said, self.text = self.text.strip(), ""
        if said:
            self._submit(said)

    def _erase(self) -> None:
        self.text = self.text[:-1]

    def _clear(self) -> None:
        self.text = ""

    def _erase_word(self) -> None:
        head, _, _ = self.text.rstrip().rpartition(" ")
        self.text = f"{head} " if head else ""


@contextmanager
def typing(line: Line, write: Callable[[str], object]) -> Iterator[None]:
    """Give the line every key that is pressed meanwhile; nothing is echoed."""
    source = get_app_session().input

    def ready() -> None:
        with suppress(EOFError):  # the terminal went away: the program hears of it elsewhere
            for key in source.read_keys():
                line.press(key)

    with source.raw_mode(), source.attach(ready):
        write(_PASTES_MARKED)
        try:
            yield
        finally:
            write(_PASTES_PLAIN)
