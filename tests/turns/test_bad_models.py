"""Models that answer nothing, nonsense, too late or never: each a named end, and nobody else's."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from domain.fold import coarse, fold
from domain.ports.conversations import TurnView
from local.stack import Stack
from models.payloads.agent import Agent
from models.payloads.turn import Finish, Outcome
from tests.turns.lab import Lab, lab
from tests.turns.ledger import calls, model_calls
from tests.turns.shapes import TOOLED
from workflows import policies

# Attempts in these tests; the policy's own dozen take a minute.
MOST_CALLS = 4
# How long a provider that says nothing is waited for: at each attempt, and once.
LITTLE_PATIENCE = timedelta(seconds=0.2)
PATIENCE = timedelta(seconds=1)
KINDS = pytest.mark.parametrize("chat_completions", [False, True], ids=["responses", "chat"])


@dataclass(frozen=True)
class Ended:
    view: TurnView
    calls: int
    """Answers that the model server was asked for."""
    kinds: Sequence[str]
    """Of the stored events."""

    @property
    def how(self) -> tuple[Outcome | None, str | None]:
        return self.view.outcome, self.view.error_code

    @property
    def said(self) -> str | None:
        return None if self.view.answer is None else self.view.answer.content


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy with fewer attempts, and without its pauses."""
    pause = timedelta(milliseconds=10)
    policy = replace(
        policies._MODEL_RETRY,
        initial_interval=pause,
        maximum_interval=pause,
        maximum_attempts=MOST_CALLS,
    )
    monkeypatch.setattr(policies, "_MODEL_RETRY", policy)


async def play(here: Lab, stack: Stack, directives: str, agent: Agent = TOOLED) -> Ended:
    """One turn in a conversation of its own."""
    mark = f"mark-{uuid4()}"
    beside = await here.beside()
    view = await beside.answer(f"{mark}\n{directives}", agent=agent)
    kinds = [event.event.kind for event in await beside.whole_log()]
    return Ended(view, await model_calls(stack, mark), kinds)


async def play_all(here: Lab, stack: Stack, failures: Iterable[str]) -> dict[str, Ended]:
    """A turn of nine words for each failure, at once."""
    failures = list(failures)
    ended = await asyncio.gather(
        *(play(here, stack, f"@offline tokens=9 {failure}") for failure in failures)
    )
    return dict(zip(failures, ended, strict=True))


async def still_serves(here: Lab) -> None:
    """The worker is as good as before."""
    view = await here.answer("@offline tokens=2")
    assert view.outcome is Outcome.COMPLETED


@KINDS
async def test_a_model_that_answers_nothing_is_asked_a_second_time(
    stack: Stack, *, chat_completions: bool
) -> None:
    async with lab(stack, chat_completions=chat_completions) as here:
        ended = await play(here, stack, "@offline fail=empty times=1 tokens=3")
    assert ended.how == (Outcome.COMPLETED, None)
    assert ended.said is not None
    assert ended.said.split() == ["w0", "w1", "w2"]
    assert ended.calls == 2


@KINDS
async def test_a_model_that_never_answers_anything_fails_by_name(
    stack: Stack, *, chat_completions: bool
) -> None:
    async with lab(stack, chat_completions=chat_completions) as here:
        ended = await play(here, stack, "@offline fail=empty")
        await still_serves(here)
    assert ended.how == (Outcome.FAILED, "model_empty")
    assert ended.calls == 2
    assert ended.kinds[-1] == "turn.failed"


# What the model does for ever before it says a word, and what the turn's failure is called.
LASTING = {
    "fail=500": "model_unavailable",
    "fail=503": "model_unavailable",
    "fail=429": "model_overloaded",
    "fail=drop": "model_unavailable",
    "fail=html": "model_garbled",
    "fail=malformed": "model_garbled",
    "fail=truncate": "model_garbled",
    "fail=bad_utf8": "model_garbled",
}
SILENT = ["fail=stall", "fail=trickle"]
# What breaks a connection that has brought two words, each time.
BREAKING = ["fail=drop", "fail=malformed", "fail=truncate"]
WHOLE = [f"w{index}" for index in range(9)]


@pytest.mark.usefixtures("hasty")
@KINDS
async def test_what_never_mends_ends_by_name_after_as_many_calls_as_the_policy_says(
    stack: Stack, *, chat_completions: bool
) -> None:
    async with lab(stack, chat_completions=chat_completions) as here:
        ended = await play_all(here, stack, LASTING)
        await still_serves(here)
    assert {failure: one.how for failure, one in ended.items()} == {
        failure: (Outcome.FAILED, code) for failure, code in LASTING.items()
    }
    assert {failure: one.calls for failure, one in ended.items()} == dict.fromkeys(
        LASTING, MOST_CALLS
    )
    assert {one.kinds[-1] for one in ended.values()} == {"turn.failed"}


@pytest.mark.usefixtures("hasty")
@KINDS
async def test_a_model_that_never_says_a_word_is_given_up_by_name(
    stack: Stack, *, chat_completions: bool
) -> None:
    async with lab(stack, chat_completions=chat_completions, patience=LITTLE_PATIENCE) as here:
        ended = await play_all(here, stack, SILENT)
    assert {one.how for one in ended.values()} == {(Outcome.FAILED, "model_quiet")}
    assert max(one.calls for one in ended.values()) <= MOST_CALLS


@pytest.mark.usefixtures("hasty")
@KINDS
async def test_what_goes_wrong_once_is_mended_and_the_answer_is_whole(
    stack: Stack, *, chat_completions: bool
) -> None:
    once = [f"{failure} times=1" for failure in (*LASTING, *SILENT)]
    late = [f"{failure} after=2 times=1" for failure in (*BREAKING, *SILENT)]
    async with lab(stack, chat_completions=chat_completions, patience=PATIENCE) as here:
        ended = await play_all(here, stack, [*once, *late])
    assert {one.how for one in ended.values()} == {(Outcome.COMPLETED, None)}
    # A snowman stands in the text that is sent in broken UTF-8.
    said = {
        failure: (one.said or "").replace("\N{SNOWMAN}", "").split()
        for failure, one in ended.items()
    }
    assert said == dict.fromkeys(said, WHOLE)


@pytest.mark.usefixtures("hasty")
async def test_an_answer_that_comes_four_words_at_a_time_is_still_one_model_call(
    stack: Stack,
) -> None:
    async with lab(stack) as here:
        ended = await play_all(here, stack, [f"{failure} after=4" for failure in BREAKING])
    assert {one.how for one in ended.values()} == {(Outcome.COMPLETED, None)}
    assert [(one.said or "").split() for one in ended.values()] == [WHOLE] * len(BREAKING)
    assert {one.calls for one in ended.values()} == {1}
    assert not any("attempt.superseded" in one.kinds for one in ended.values())


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_keeps_nothing_and_breaks_in_mid_answer_fails_by_name(
    stack: Stack,
) -> None:
    async with lab(stack, chat_completions=True) as here:
        ended = await play_all(here, stack, [f"{failure} after=2" for failure in BREAKING])
    assert [one.how for one in ended.values()] == [
        (Outcome.FAILED, LASTING[failure]) for failure in BREAKING
    ]
    assert {one.calls for one in ended.values()} == {MOST_CALLS}
    # What readers hold of it, they drop.
    assert {one.said for one in ended.values()} == {None}
    assert all("text.withdrawn" in one.kinds for one in ended.values())


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("failure", ["fail=400", "fail=503", "fail=drop after=2"])
async def test_what_readers_saw_of_a_turn_that_failed_is_stored(stack: Stack, failure: str) -> None:
    async with lab(stack, chat_completions=True) as here:
        sent = await here.send(f"@offline tokens=9 {failure}", agent=TOOLED)
        seen = await here.ended(sent.turn_id)
        stored = await here.whole_log()
    assert "step.started" in {event.event.kind for event in seen}
    assert coarse(seen) == coarse(stored)
    assert fold(seen).texts == fold(stored).texts


@pytest.mark.usefixtures("hasty")
async def test_a_provider_that_names_its_wait_is_not_asked_before(stack: Stack) -> None:
    mark = f"mark-{uuid4()}"
    async with lab(stack) as here:
        view = await here.answer(f"{mark}\n@offline tokens=1 fail=429 retry_after=0.4 times=2")
    assert view.outcome is Outcome.COMPLETED
    asked = [call["at"] for call in await calls(stack, mark)]
    assert len(asked) == 3
    assert min(later - earlier for earlier, later in pairwise(asked)) >= 0.4


async def test_a_wait_that_the_turn_has_no_time_for_ends_it_at_once_by_name(stack: Stack) -> None:
    async with lab(stack) as here:
        ended = await play(here, stack, "@offline fail=429 retry_after=3000")
    assert ended.how == (Outcome.FAILED, "model_overloaded")
    assert ended.calls == 1


async def test_a_model_that_fails_until_the_deadline_ends_by_the_deadline(stack: Stack) -> None:
    agent = TOOLED.model_copy(update={"deadline": timedelta(seconds=1)})
    async with lab(stack) as here:
        ended = await play(here, stack, "@offline fail=500", agent)
    assert ended.how == (Outcome.DEADLINE_EXCEEDED, None)
    # After 0, 0.2, 0.6 and 1.4 s.
    assert ended.calls <= 4


@KINDS
async def test_cut_unknown_and_wrong_calls_run_nothing(
    stack: Stack, *, chat_completions: bool
) -> None:
    async with lab(stack, chat_completions=chat_completions) as here:
        unknown, cut, wrong = await asyncio.gather(
            play(here, stack, "@offline call=rm_rf args={}"),
            play(
                here,
                stack,
                "@offline finish=length after=1\n"
                '@offline call=calculator args={"expression": "1000000 + 2000000 + 3000000"}',
            ),
            play(here, stack, '@offline call=calculator args={"sum": [1, 2]}'),
        )
        await still_serves(here)
    for ended in (unknown, wrong):
        assert ended.how == (Outcome.COMPLETED, None)
        assert ended.calls == 2
        assert "tool.failed" in ended.kinds
    assert cut.how == (Outcome.FAILED, "model_call_cut")
    assert cut.calls == 1
    for ended in (unknown, cut, wrong):
        assert "tool.started" not in ended.kinds


async def test_calls_that_are_wrong_for_ever_fail_by_name(stack: Stack) -> None:
    async with lab(stack) as here:
        ended = await play(here, stack, "@offline calls=9\n@offline call=rm_rf args={}")
    assert ended.how == (Outcome.FAILED, "tool_calls_invalid")
    assert ended.calls == here.limits.bad_calls


@KINDS
async def test_a_cut_or_filtered_answer_is_a_completed_turn_also_with_no_word(
    stack: Stack, *, chat_completions: bool
) -> None:
    cases = [
        (finish, words) for finish in (Finish.LENGTH, Finish.CONTENT_FILTER) for words in (0, 2)
    ]
    async with lab(stack, chat_completions=chat_completions) as here:
        ended = await asyncio.gather(
            *(
                play(here, stack, f"@offline tokens=9 finish={finish} after={words}")
                for finish, words in cases
            )
        )
    for (finish, words), one in zip(cases, ended, strict=True):
        assert one.how == (Outcome.COMPLETED, None)
        assert one.view.finish is finish
        assert (one.said or "").split() == WHOLE[:words]
        assert one.calls == 1
        assert one.kinds[-1] == "turn.completed"


async def test_a_message_that_does_not_fit_the_model_fails_by_name_and_asks_nobody(
    stack: Stack,
) -> None:
    async with lab(stack, context_tokens=400) as here:
        ended = await play(here, stack, "word " * 390)
        await still_serves(here)
    assert ended.how == (Outcome.FAILED, "context_too_long")
    assert ended.calls == 0
    assert ended.kinds[-1] == "turn.failed"


async def test_a_rejected_request_is_not_repeated(stack: Stack) -> None:
    mark = f"mark-{uuid4()}"
    async with lab(stack) as here:
        view = await here.answer(f"{mark}\n@offline fail=400")
    assert (view.outcome, view.error_code) == (Outcome.FAILED, "model_rejected")
    assert [call["kind"] for call in await calls(stack, mark)] == ["responses.create"]
