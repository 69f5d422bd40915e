"""What the processes say: on the terminal, in files, always within limits."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import log, ports, terminal
from local.duration import parsed
from local.log import LogFiles
from local.paths import Folder
from local.terminal import Terminal


class SlowScreen:
    """A terminal that somebody holds with Ctrl-S."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.released = threading.Event()
        self.text = ""

    def write(self, text: str) -> int:
        self.released.wait(30)
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


class ClosedScreen(SlowScreen):
    """`holdfast dev | head`, after head has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_terminal_that_is_held_up_loses_lines_and_says_how_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = SlowScreen()
    monkeypatch.setattr("sys.stdout", screen)
    shown = Terminal(tmp_path)
    for number in range(terminal.LINES * 2):
        shown.show("holdfast", f"line {number}")
    screen.released.set()
    shown.close()

    assert "lines not shown" in screen.text
    assert f"line {terminal.LINES * 2 - 1}" not in screen.text


def test_a_terminal_that_went_away_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", ClosedScreen())
    shown = Terminal(tmp_path)
    for _ in range(10):
        shown.show("holdfast", "line")
    shown.close()

    assert not shown.is_printing


def test_files_keep_every_line_within_their_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "LARGEST", 100)
    folder = Folder.made(tmp_path)
    onward: list[str] = []
    files = LogFiles(folder, lambda name, line: onward.append(f"{name} {line}"))
    for number in range(25):
        files.show("edge", f"line {number:03}")

    kept = [(folder.logs / name).read_text() for name in ("edge.log.1", "edge.log")]
    assert [len(text) <= 100 for text in kept] == [True, True]
    assert "".join(kept).endswith("line 024\n")
    assert len(onward) == 25


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20s", 20), ("30m", 1800), ("1h30m", 5400), ("2d", 172_800), ("250ms", 0.25), ("1.5s", 1.5)],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert parsed(text) == timedelta(seconds=seconds)


@given(st.text(alphabet="0123456789smhd. -", max_size=8))
def test_anything_else_is_refused_and_never_read_in_part(text: str) -> None:
    try:
        length = parsed(text)
    except ValueError:
        return
    assert length >= timedelta()
    assert text[-1:] in "smhd"


def test_ports_stay_the_same_from_run_to_run(tmp_path: Path) -> None:
    folder = Folder.made(tmp_path)
    first = ports.choose(folder, ("edge", "redis"), {})
    assert ports.choose(folder, ("edge", "redis"), {}) == first
    assert ports.choose(folder, ("edge",), {"edge": 1234}) == {"edge": 1234}


def test_a_port_that_was_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    folder = Folder.made(tmp_path)
    first = ports.choose(folder, ("redis",), {})["redis"]
    with ports.listening(first):
        assert ports.choose(folder, ("redis",), {})["redis"] != first
        with pytest.raises(ports.PortTakenError):
            ports.listening(first)
