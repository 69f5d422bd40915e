"""The window of a model call."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.context import MESSAGE_TOKENS, RESULT_CHARACTERS, window
from models.errors import ContextTooLongError
from models.payloads.agent import Agent
from models.payloads.chat import Role, StoredMessage, ToolCall


def message(role: Role, length: int, **more: object) -> StoredMessage:
    return StoredMessage.model_validate(
        {"id": uuid4(), "role": role, "content": "x" * length, **more}
    )


def agent(room: int) -> Agent:
    return Agent(name="a", context_tokens=room + 10, output_tokens=10)


def fit(history: list[StoredMessage], room: int) -> list[int]:
    """Lengths of the messages that were chosen; a token is a character here."""
    return [len(part.content) for part in window(history, agent(room), "", (), len)]


def test_the_newest_messages_that_fit_are_chosen_in_order() -> None:
    history = [message(Role.USER, 10), message(Role.ASSISTANT, 20), message(Role.USER, 30)]
    assert fit(history, 20 + 30 + 2 * MESSAGE_TOKENS) == [20, 30]


def test_the_last_user_message_is_always_in() -> None:
    assert fit([message(Role.ASSISTANT, 500), message(Role.USER, 30)], 40) == [30]


def test_a_message_that_cannot_fit_is_refused_by_name() -> None:
    with pytest.raises(ContextTooLongError) as refused:
        fit([message(Role.USER, 100)], 50)
    assert refused.value.code == "context_too_long"


def test_tool_results_that_cannot_fit_beside_their_question_are_refused() -> None:
    call = ToolCall(call_id="c", name="t", arguments="{}")
    history = [
        message(Role.USER, 30),
        message(Role.ASSISTANT, 0, calls=(call,)),
        message(Role.TOOL, 100, call_id="c"),
    ]
    with pytest.raises(ContextTooLongError):
        fit(history, 90)


def test_instructions_and_tools_take_their_room() -> None:
    with pytest.raises(ContextTooLongError):
        window([message(Role.USER, 30)], agent(40), "i" * 30, (), len)


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(0, 60)), max_size=30))
def test_whatever_is_chosen_fits_and_parts_no_result_from_its_answer(
    parts: list[tuple[Role, int]],
) -> None:
    history = [message(role, length) for role, length in parts] + [message(Role.USER, 5)]
    chosen = window(history, agent(120), "", (), len)
    assert sum(len(part.content) + MESSAGE_TOKENS for part in chosen) <= 120
    assert chosen[-1].role is Role.USER
    assert len(chosen) == len(history) or chosen[0].role is not Role.TOOL


def test_results_of_one_step_are_cut_until_they_fit_together_and_say_so() -> None:
    calls = tuple(ToolCall(call_id=str(n), name="t", arguments="{}") for n in range(4))
    history = [
        message(Role.USER, 30),
        message(Role.ASSISTANT, 0, calls=calls),
        *(message(Role.TOOL, 256_000, call_id=call.call_id) for call in calls),
    ]
    shown = window(
        history,
        Agent(name="a", context_tokens=8_000, output_tokens=2_000),
        "",
        (),
        lambda text: len(text) // 3,
    )
    results = [part.content for part in shown if part.role is Role.TOOL]
    assert len(results) == 4
    assert all(
        len(text) < 2_400 and "253750 more characters are stored" in text for text in results
    )


def test_a_result_that_a_person_would_read_is_shown_whole() -> None:
    history = [message(Role.USER, 3), message(Role.TOOL, RESULT_CHARACTERS, call_id="c")]
    shown = window(history, Agent(name="a"), "", (), len)
    assert len(shown[-1].content) == RESULT_CHARACTERS
