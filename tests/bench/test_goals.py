"""Each goal is listed in each run, and says whether it is met."""

import pytest

from bench import goals
from bench.goals import ADDED, BARE, KILLED, OURS, SIXTEEN, Verdict, judged
from bench.results import Results

# The rows of the table of goals, by a word that each has.
ROWS = {
    "1.2 x the bare workflow": 1,
    "0.8 x the best durable peer": 1,
    "retrieval over 10,000": 1,
    "0.8 x the bare workflow": 1,
    "1.5 x the best durable peer": 1,
    "2 x the plain proxy": 1,
    "below every durable peer": 1,
    "<= 15 ms": 1,
    "<= 32 KB": 1,
    "first turn after a start": 1,
    "p99 to the first token <= 3 s": 1,
    "SIGKILL": 1,
    "`make test`": 3,
    "message 1,000": 1,
}


def of(found: Results, words: str) -> Verdict:
    (verdict,) = (one for one in judged(found) if words in one.goal)
    return verdict


@pytest.mark.parametrize(("words", "count"), ROWS.items())
def test_every_goal_is_listed_also_when_nothing_was_measured(words: str, count: int) -> None:
    listed = [one for one in judged(Results()) if words in one.goal]
    assert len(listed) == count
    assert {one.word for one in listed} == {"not measured"}


def test_a_goal_against_a_floor_follows_that_floor() -> None:
    found = Results()
    found.add(ADDED, BARE, "ms", [20.0])
    found.add(ADDED, OURS, "ms", [24.0])
    assert of(found, "1.2 x the bare workflow").word == "met"
    found.add(ADDED, OURS, "ms", [25.0, 26.0])
    assert of(found, "1.2 x the bare workflow").word == "missed"


def test_the_best_peer_is_the_one_to_beat_and_never_one_that_forgets() -> None:
    found = Results()
    found.add(SIXTEEN, "DBOS", "1/s", [10.0])
    found.add(SIXTEEN, "Aegra", "1/s", [20.0])
    found.add(SIXTEEN, "LangGraph dev server", "1/s", [90.0])
    found.add(SIXTEEN, OURS, "1/s", [30.0])
    verdict = of(found, "1.5 x the best durable peer")
    assert (verdict.limit, verdict.met) == (30.0, True)


def test_recovery_is_judged_by_its_slow_end() -> None:
    found = Results()
    found.add(KILLED, OURS, "s", [4.0] * 10 + [9.0])
    assert of(found, "SIGKILL").met is False


@pytest.mark.parametrize(("late", "word"), [(1.0, "met"), (1.2, "missed"), (0.8, "missed")])
def test_the_thousandth_message_is_neither_slower_nor_faster(late: float, word: str) -> None:
    found = Results()
    found.add("whole turn at message 1", OURS, "s", [1.0])
    found.add("whole turn at message 1,000", OURS, "s", [late])
    assert of(found, "message 1,000").word == word


def test_langgraph_is_no_durable_peer() -> None:
    assert not any("LangGraph" in name for name in goals.DURABLE)
