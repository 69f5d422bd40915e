"""What agents may do: rules, defaults and floors."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import SHIPPED, Facts, decide, stricter
from models.payloads.agent import Agent
from models.payloads.policy import Asking, Effect, Operator, Policy, Predicate, Rule, Ruling
from models.states import Role

AGENT = Agent(name="general")
READ = Facts("search_documents", Effect.READ)
WRITE = Facts("publish_note", Effect.WRITE, {"title": "Hello"})


def a_rule(ruling: Ruling, **fields: Any) -> Rule:  # noqa: ANN401 - any field
    return Rule(name=f"rule {ruling.value}", ruling=ruling, **fields)


def an_agent(*rules: Rule) -> Agent:
    return Agent(name="general", rules=rules)


def of(ruling: Ruling, *rules: Rule) -> Policy:
    return Policy(rules=rules, reads=ruling, writes=ruling)


def test_by_default_reads_run_and_writes_ask() -> None:
    assert decide(SHIPPED, AGENT, READ).ruling is Ruling.ALLOW
    asked = decide(SHIPPED, AGENT, WRITE)
    assert (asked.ruling, asked.rule) == (Ruling.ASK, "")
    assert asked.sentence == "A person is asked: no rule speaks of this write."


def test_the_first_rule_that_holds_decides_and_says_why() -> None:
    first = a_rule(Ruling.ALLOW, tools=("publish_*",), because="Notes are ours.\n")
    decision = decide(Policy(version=3, rules=(first, a_rule(Ruling.DENY))), AGENT, WRITE)
    assert (decision.ruling, decision.rule, decision.version) == (Ruling.ALLOW, "rule allow", 3)
    assert decision.sentence == ("Allowed by the organisation's rule “rule allow”: Notes are ours.")


def test_an_agents_rules_come_before_the_organisations() -> None:
    agent = an_agent(a_rule(Ruling.ALLOW))
    assert decide(Policy(rules=(a_rule(Ruling.ASK),)), agent, WRITE).ruling is Ruling.ALLOW


def test_what_the_organisation_denies_no_agent_allows() -> None:
    agent = an_agent(a_rule(Ruling.ALLOW, tools=("publish_note",)))
    decision = decide(Policy(rules=(a_rule(Ruling.DENY),)), agent, WRITE)
    assert decision.ruling is Ruling.DENY
    assert decision.sentence == "Refused by the organisation's rule “rule deny”."


@pytest.mark.parametrize("facts", [READ, WRITE])
def test_what_the_organisation_denies_by_default_no_agent_allows(facts: Facts) -> None:
    agent = an_agent(a_rule(Ruling.ALLOW))
    decision = decide(of(Ruling.DENY), agent, facts)
    assert (decision.ruling, decision.rule) == (Ruling.DENY, "")
    assert decision.sentence == (
        f"Refused: no rule of the organisation's allows this {facts.effect.value}."
    )


def test_a_rule_of_the_organisations_own_lifts_its_default() -> None:
    policy = of(Ruling.DENY, a_rule(Ruling.ALLOW, tools=("publish_note",)))
    assert decide(policy, AGENT, WRITE).ruling is Ruling.ALLOW
    assert decide(policy, an_agent(a_rule(Ruling.ASK)), WRITE).ruling is Ruling.ASK


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": ("crm__*", "publish_note")},
        {"effects": (Effect.WRITE,)},
        {"agents": ("general",)},
        {"roles": (Role.MEMBER,)},
        {"tainted": False},
        {"cost_above": Decimal("0.09")},
        {"arguments": (Predicate(path="title", operator=Operator.EQUALS, value="HELLO"),)},
    ],
)
def test_a_rule_holds_where_all_that_it_names_holds(fields: dict[str, Any]) -> None:
    facts = Facts("publish_note", Effect.WRITE, {"title": "Hello"}, cost=Decimal("0.1"))
    policy = of(Ruling.DENY, a_rule(Ruling.ALLOW, **fields))
    assert decide(policy, AGENT, facts).ruling is Ruling.ALLOW


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": ("crm__*",)},
        {"effects": (Effect.READ,)},
        {"agents": ("email",)},
        {"roles": (Role.ADMIN, Role.VIEWER)},
        {"tainted": True},
        {"cost_above": Decimal("0.1")},
        {"arguments": (Predicate(path="title", operator=Operator.EQUALS, value="Other"),)},
        {"tools": ("publish_note",), "effects": (Effect.READ,)},
    ],
)
def test_a_rule_does_not_hold_where_one_thing_does_not(fields: dict[str, Any]) -> None:
    facts = Facts("publish_note", Effect.WRITE, {"title": "Hello"}, cost=Decimal("0.1"))
    policy = of(Ruling.DENY, a_rule(Ruling.ALLOW, **fields))
    assert decide(policy, AGENT, facts).ruling is Ruling.DENY


def test_a_write_after_untrusted_text_asks_whatever_the_rules_allow() -> None:
    facts = Facts("publish_note", Effect.WRITE, tainted=True)
    rules = (a_rule(Ruling.ALLOW, tainted=True), a_rule(Ruling.ALLOW))
    decision = decide(of(Ruling.ALLOW, *rules), an_agent(*rules), facts)
    assert (decision.ruling, decision.rule, decision.tainted) == (Ruling.ASK, "", True)
    assert decision.sentence == (
        "A person is asked: this turn has read text that nobody vouches for."
    )


def test_a_tainted_read_that_carries_something_outside_asks() -> None:
    facts = Facts("fetch_page", Effect.READ, tainted=True, carries="words of a contract")
    assert decide(of(Ruling.ALLOW, a_rule(Ruling.ALLOW)), AGENT, facts).sentence == (
        "A person is asked: after text that nobody vouches for, this would carry words of a "
        "contract outside."
    )


def test_only_a_rule_about_tainted_turns_lets_such_a_read_go() -> None:
    facts = Facts("fetch_page", Effect.READ, tainted=True, carries="words of a contract")
    knowing = a_rule(Ruling.ALLOW, tainted=True, tools=("fetch_page",))
    assert decide(Policy(rules=(knowing,)), AGENT, facts).ruling is Ruling.ALLOW


def test_what_a_rule_says_of_asking_is_filled_from_the_policy() -> None:
    general = Asking(window=timedelta(hours=4), remind_after=timedelta(hours=1))
    own = Asking(approvers=Role.ADMIN, four_eyes=True, remind_after=timedelta(minutes=5))
    policy = Policy(rules=(a_rule(Ruling.ASK, asking=own),), asking=general)
    assert decide(policy, AGENT, WRITE).asking == Asking(
        approvers=Role.ADMIN,
        four_eyes=True,
        window=timedelta(hours=4),
        remind_after=timedelta(minutes=5),
    )


RULINGS = st.sampled_from(Ruling)
WORDS = st.sampled_from(["a", "b", "publish_note", "fetch_page", "*", "x*", "[", ""])
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
PREDICATES = st.builds(
    Predicate,
    path=st.sampled_from(["a", "b", "a.b", "*", "a.*", "*.*", "a.0", "..", "a..b"]),
    operator=st.sampled_from(Operator),
    value=ANYTHING,
    negated=st.booleans(),
    every=st.booleans(),
)
RULES = st.builds(
    Rule,
    name=st.sampled_from(["one", "two\nlines", "“three”."]),
    ruling=RULINGS,
    because=st.text(max_size=20),
    tools=st.lists(WORDS, max_size=2).map(tuple),
    effects=st.lists(st.sampled_from(Effect), max_size=2).map(tuple),
    agents=st.lists(st.sampled_from(["general", "e*"]), max_size=2).map(tuple),
    roles=st.lists(st.sampled_from(Role), max_size=2).map(tuple),
    tainted=st.none() | st.booleans(),
    arguments=st.lists(PREDICATES, max_size=2).map(tuple),
    cost_above=st.none() | st.decimals(0, 2),
    asking=st.none() | st.just(Asking(four_eyes=True)),
)
POLICIES = st.builds(
    Policy, rules=st.lists(RULES, max_size=4).map(tuple), reads=RULINGS, writes=RULINGS
)
AGENTS = st.builds(
    Agent, name=st.sampled_from(["general", "email"]), rules=st.lists(RULES, max_size=3).map(tuple)
)
FACTS = st.builds(
    Facts,
    tool=st.sampled_from(["publish_note", "fetch_page"]),
    effect=st.sampled_from(Effect),
    arguments=st.dictionaries(WORDS, ANYTHING, max_size=3),
    role=st.sampled_from(Role),
    cost=st.decimals(0, 2),
    tainted=st.booleans(),
    carries=st.sampled_from(["", "words of a page"]),
)


@given(POLICIES, AGENTS, FACTS)
def test_every_call_gets_a_decision_in_one_sentence(
    policy: Policy, agent: Agent, facts: Facts
) -> None:
    decision = decide(policy, agent, facts)
    assert decision.ruling in Ruling
    assert decision.sentence.endswith(".")
    assert "\n" not in decision.sentence
    assert len(decision.sentence) < 600


@given(POLICIES, AGENTS, FACTS)
def test_taint_never_makes_a_decision_weaker(policy: Policy, agent: Agent, facts: Facts) -> None:
    clean = decide(policy, agent, with_taint(facts, tainted=False)).ruling
    tainted = decide(policy, agent, with_taint(facts, tainted=True)).ruling
    assert not stricter(clean, tainted)


@given(POLICIES, AGENTS, FACTS)
def test_no_write_of_a_tainted_turn_just_runs(policy: Policy, agent: Agent, facts: Facts) -> None:
    if facts.effect is Effect.WRITE and facts.tainted:
        assert decide(policy, agent, facts).ruling is not Ruling.ALLOW


@given(POLICIES, AGENTS, FACTS)
def test_a_denial_of_the_organisation_stands_before_any_agent(
    policy: Policy, agent: Agent, facts: Facts
) -> None:
    alone = decide(policy, Agent(name=agent.name), facts)
    if alone.ruling is Ruling.DENY and alone.rule:
        assert decide(policy, agent, facts).ruling is Ruling.DENY


@given(POLICIES, AGENTS, FACTS, RULES)
def test_a_rule_that_denies_at_the_head_wins(
    policy: Policy, agent: Agent, facts: Facts, rule: Rule
) -> None:
    everything = Rule(name=rule.name, ruling=Ruling.DENY)
    denying = policy.model_copy(update={"rules": (everything, *policy.rules)})
    assert decide(denying, agent, facts).ruling is Ruling.DENY


def with_taint(facts: Facts, *, tainted: bool) -> Facts:
    return Facts(
        facts.tool,
        facts.effect,
        facts.arguments,
        facts.role,
        facts.cost,
        tainted=tainted,
        carries=facts.carries,
    )
