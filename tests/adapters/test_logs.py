"""What a log line holds."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.logs import configure_logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging belongs to the whole process: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_our_lines_and_those_of_libraries_carry_the_ids_at_hand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logs("json", "info")
    with structlog.contextvars.bound_contextvars(request_id="r1", turn_id="t1"):
        structlog.get_logger("ours").info("turn.started", text="a\ud800" + "b" * 10_000)
        logging.getLogger("theirs").warning("hello %s", "there")
        logging.getLogger("theirs").debug("not this")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    for line in (ours, theirs):
        assert (line["request_id"], line["turn_id"]) == ("r1", "t1")
        assert line["timestamp"].endswith("Z")
    assert (ours["event"], len(ours["text"])) == ("turn.started", 4_000)
    assert (theirs["event"], theirs["level"]) == ("hello there", "warning")


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("text", "warning")
    structlog.get_logger("ours").warning("engine.away", seconds=2)
    assert "engine.away" in capsys.readouterr().err
