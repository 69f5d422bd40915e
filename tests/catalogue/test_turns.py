"""Who answers and how, as far as words tell: counted on labelled messages."""

import sys
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import routing, strategy
from domain.catalogue import DEFAULT, DIRECT, GENERAL, SHIPPED
from models.payloads.agent import Agent, Strategy
from tests.catalogue.labelled import SETTING, TYPED, WRITTEN, Labelled


def by_rules(message: str, agents: Sequence[Agent] = SHIPPED) -> routing.Choice | None:
    return routing.by_rules(message, agents, DEFAULT, DIRECT.name)


def counted_strategies(some: Sequence[Labelled]) -> tuple[int, int, int]:
    """Decided by the rules, rightly decided, right in all with plain for the rest."""
    chosen = [(strategy.by_rules(one.message), one.strategy) for one in some]
    decided = [(given, wanted) for given, wanted in chosen if given is not None]
    right = sum(given is wanted for given, wanted in decided)
    return len(decided), right, sum((given or Strategy.PLAIN) is wanted for given, wanted in chosen)


def counted_agents(some: Sequence[Labelled]) -> tuple[int, int, int]:
    """The same of agents, with the general one for the rest."""
    chosen = [(by_rules(one.message), one.agent) for one in some]
    decided = [(given.agent, wanted) for given, wanted in chosen if given is not None]
    right = sum(given == wanted for given, wanted in decided)
    rest = sum(wanted == DEFAULT for given, wanted in chosen if given is None)
    return len(decided), right, right + rest


def say(what: str, of: int, counts: tuple[int, int, int]) -> None:
    decided, right, overall = counts
    sys.stdout.write(
        f"\n{what}: of {of} rules decide {decided}, {right} rightly; {overall} right in all\n"
    )


def test_the_labelled_messages_are_enough_and_no_two_are_the_same() -> None:
    assert len(SETTING) == len(WRITTEN) + len(TYPED) == 100
    assert len({one.message for one in (*SETTING, *WRITTEN, *TYPED)}) == 200
    for kind in set(Strategy) - {Strategy.AUTO}:
        assert sum(one.strategy is kind for one in WRITTEN) == 16


def test_rules_tell_the_kind_of_most_turns_that_are_well_put() -> None:
    counts = counted_strategies(WRITTEN)
    say("strategies, written", len(WRITTEN), counts)
    decided, right, overall = counts
    assert decided >= 75
    assert decided - right <= 2
    assert overall >= 75


def test_rules_are_seldom_wrong_on_what_people_type_and_leave_most_to_the_model() -> None:
    counts = counted_strategies(TYPED)
    say("strategies, typed", len(TYPED), counts)
    assert counts[0] - counts[1] <= 4
    agents = counted_agents(TYPED)
    say("agents, typed", len(TYPED), agents)
    assert agents[0] - agents[1] <= 1


def test_rules_tell_the_agent_of_most_messages() -> None:
    counts = counted_agents(WRITTEN)
    say("agents, written", len(WRITTEN), counts)
    decided, right, overall = counts
    assert decided >= 40
    assert decided - right <= 3
    assert overall >= 73


@pytest.mark.parametrize(
    ("message", "agent"),
    [
        ("@email what do you think of this?", "email"),
        ("Let the seo agent look at our competitors", "seo"),
        ("ask the marketing team agent for a launch plan", "marketing_team"),
        ("me@direct.example wrote to us", None),
    ],
)
def test_an_agent_that_is_named_answers(message: str, agent: str | None) -> None:
    choice = by_rules(message)
    assert (choice and choice.agent) == agent


def test_an_organisations_own_agents_are_known_by_their_descriptions() -> None:
    own = Agent(name="warranty", description="Handles warranty claims, repairs and spare parts.")
    choice = by_rules("My claim for spare parts was refused, what now?", (*SHIPPED, own))
    assert choice is not None
    assert choice.agent == "warranty"


def test_nobody_is_chosen_who_is_not_there() -> None:
    for one in (*SETTING, *WRITTEN, *TYPED):
        choice = by_rules(one.message, (GENERAL,))
        assert choice is None or choice.agent == GENERAL.name


def test_courtesies_are_answered_directly_and_briefly() -> None:
    choice = by_rules("Thank you so much!")
    assert choice is not None
    assert (choice.agent, choice.strategy) == ("direct", Strategy.CONCISE)


@given(st.text(max_size=3_000))
def test_any_text_has_an_answer(text: str) -> None:
    assert strategy.by_rules(text) in {None, *Strategy}
    choice = by_rules(text)
    assert choice is None or choice.agent in {agent.name for agent in SHIPPED}


@pytest.mark.parametrize(
    "text",
    [
        "thank you " * 3_000 + "x",
        "a" * 32_000,
        "summarise " * 3_000,
        "budget " * 4_000,
        " " * 32_000,
    ],
)
def test_long_texts_take_no_longer_than_short_ones(text: str) -> None:
    """A regular expression that tries all ways through these would not come back."""
    strategy.by_rules(text)
    by_rules(text)
