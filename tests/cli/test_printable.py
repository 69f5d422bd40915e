"""Nothing that a model or a document wrote reaches the terminal as a command."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, Group

from cli import screen
from cli.answer import Answer
from cli.printable import one_line, printable
from models.payloads.events import (
    ApprovalRequested,
    Event,
    RetrievalCompleted,
    TextCompleted,
    ToolCompleted,
    ToolRequested,
    TurnFailed,
    TurnStarted,
)
from tests.cli.logs import AT, SOME, logged, source, turn_id

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\x1b[6n\rhidden\u202egnp.exe\U000e0041\ud800"
# What may be left of it is the harmless text between the controls.
COMMANDS = ("\x1b", "\x07", "\x9b", "\r", "\u202e", "\U000e0041", "\ud800")


def shown(answer: Answer, *, complete: bool) -> str:
    """What is written to a terminal without colours, where rich itself sends no commands."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system=None, width=100)
    console.print(Group(*screen.turn(answer, complete=complete)))
    for approval in answer.approvals.values():
        console.print(screen.approval(approval, 0))
    return file.getvalue()


def hostile_answer() -> Answer:
    answer = Answer(turn_id(1), 1)
    nasty = source(1).model_copy(update={"title": HOSTILE, "snippet": HOSTILE, "heading": HOSTILE})
    events: list[Event] = [
        TurnStarted(message_id=SOME, agent=HOSTILE, text=HOSTILE),
        RetrievalCompleted(sources=(nasty,)),
        ToolRequested(step=1, call_id="c", name=HOSTILE, arguments={HOSTILE: HOSTILE}),
        ToolCompleted(step=1, call_id="c", name=HOSTILE, result=HOSTILE),
        TextCompleted(step=1, text=f"# {HOSTILE}\n\n`{HOSTILE}` &#27;[2J [1]", message_id=SOME),
        ApprovalRequested(
            step=2,
            approval_id=SOME,
            call_id="d",
            tool=HOSTILE,
            arguments={HOSTILE: HOSTILE, "b": [HOSTILE]},
            expires_at=AT,
        ),
    ]
    for event in logged(1, events):
        answer.apply(event)
    return answer


@pytest.mark.parametrize("complete", [True, False])
def test_no_part_of_a_turn_can_command_the_terminal(*, complete: bool) -> None:
    text = shown(hostile_answer(), complete=complete)

    assert "hidden" in text
    assert [command for command in COMMANDS if command in text] == []


def test_an_answer_for_a_pipe_cannot_command_the_terminal_either() -> None:
    assert [command for command in COMMANDS if command in screen.plain(hostile_answer())] == []


def test_a_failure_in_a_strangers_words_cannot_command_the_terminal() -> None:
    answer = Answer(turn_id(1), 1)
    for event in logged(1, [TurnFailed(code="model_failed", detail=HOSTILE)]):
        answer.apply(event)

    assert [command for command in COMMANDS if command in shown(answer, complete=True)] == []


def test_square_brackets_are_text_and_no_style() -> None:
    answer = Answer(turn_id(1), 1)
    for event in logged(1, [TextCompleted(step=1, text="[bold]x[/bold] [1]", message_id=SOME)]):
        answer.apply(event)

    for complete in (True, False):
        assert "[bold]x[/bold] [1]" in shown(answer, complete=complete)


def test_an_address_is_shown_as_it_is() -> None:
    answer = Answer(turn_id(1), 1)
    text = "[your bank](https://evil.example)"
    for event in logged(1, [TextCompleted(step=1, text=text, message_id=SOME)]):
        answer.apply(event)

    assert "https://evil.example" in shown(answer, complete=True)


@given(st.text())
def test_what_is_printable_stays_so_and_holds_no_controls(text: str) -> None:
    clean = printable(text)

    assert printable(clean) == clean
    assert all(char in "\n\t" or ord(char) >= 32 for char in clean)
    assert not any(0x7F <= ord(char) <= 0x9F for char in clean)
    clean.encode()


@given(st.text(), st.integers(1, 50))
def test_one_line_is_one_line_of_that_length(text: str, longest: int) -> None:
    line = one_line(text, longest)

    assert "\n" not in line
    assert len(line) <= longest
