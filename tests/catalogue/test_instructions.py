"""Instructions as templates: checked, bounded, filled in."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from activities.briefing import SECONDS, Briefing
from domain.catalogue import DIRECT, GENERAL, SHIPPED
from domain.instructions import (
    RENDERED_CHARACTERS,
    TEMPLATE_CHARACTERS,
    Facts,
    briefed,
    check,
    rendered,
)
from domain.ports.identity import Caller
from domain.tools.arithmetic import CALCULATOR
from domain.tools.toolbox import Toolbox
from models.errors import InvalidError, NotFoundError
from models.payloads.agent import Agent, Example, Strategy
from models.payloads.scope import Scope

FACTS = Facts(
    today=date(2026, 11, 21),
    space={"name": "Velo", "voice": "plain and warm", "profile": "We sell bicycles."},
    tools=("calculator", "web_search"),
    collections=("brand",),
)
SCOPE = Scope(organisation_id=uuid4(), space_id=uuid4())


def telling(instructions: str) -> Agent:
    return GENERAL.model_copy(update={"instructions": instructions})


def filled(instructions: str, facts: Facts = FACTS) -> str:
    return rendered(telling(instructions), facts)


@pytest.mark.parametrize("agent", SHIPPED, ids=lambda agent: agent.name)
@pytest.mark.parametrize("kind", list(Strategy))
def test_what_ships_can_be_said_in_every_space(agent: Agent, kind: Strategy) -> None:
    check(agent)
    for facts in (FACTS, Facts(today=date(2026, 1, 1), space={})):
        told = briefed(agent, facts, kind).instructions
        assert told
        assert "{{" not in told
        assert "{%" not in told


def test_a_template_may_name_what_is_known() -> None:
    assert filled("{{ agent.name }} of {{ space.name }}: {{ space.voice }}") == (
        "general of Velo: plain and warm"
    )
    assert filled("{{ today }}") == "Saturday, 2026-11-21"
    assert filled("{{ tools|join(', ') }}") == "calculator, web_search"
    assert filled("{% for one in collections %}[{{ loop.index }} {{ one }}]{% endfor %}") == (
        "[1 brand]"
    )
    assert filled('{% if "web_search" in tools %}yes{% else %}no{% endif %}') == "yes"
    assert filled('{{ space.name or "us" }}', Facts(FACTS.today, {})) == "us"


def test_what_a_space_says_is_never_read_as_a_template() -> None:
    facts = Facts(FACTS.today, {"name": "{{ 1 }}{% for x in y %}"})
    assert filled("{{ space.name }}", facts) == "{{ 1 }}{% for x in y %}"


def test_text_without_marks_stays_as_it_is() -> None:
    assert filled("100 % { plain } text") == "100 % { plain } text"


@pytest.mark.parametrize(
    "template",
    [
        "{{ unknown }}",
        "{{ space.owner }}",
        "{{ agent.instructions }}",
        "{{ space }}{{ space.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ self }}",
        "{{ tools[0] }}",
        "{{ cycler('a') }}",
        "{{ range(9) }}",
        "{% for x in range(1000000000) %}x{% endfor %}",
        "{% for c in space.profile %}{{ c }}{% endfor %}",
        "{% for t in tools %}{% for c in collections %}x{% endfor %}{% endfor %}",
        "{% for today in tools %}x{% endfor %}",
        "{% for a, b in tools %}x{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000s'|format('a') }}",
        "{{ tools|join(space.profile) }}",
        "{{ tools|join('a')|join('b') }}",
        "{{ tools|map('upper') }}",
        "{% include 'secrets' %}",
        "{% extends 'secrets' %}",
        "{% import 'os' as os %}",
        "{% macro a() %}{{ a() }}{% endmacro %}",
        "{% set x = 1 %}",
        "{% block a %}{% endblock %}",
        "{% if %}",
        "{% endfor %}",
        "{{ today",
        "{{ 'a' < 1 }}",
        "{{ collections|first }}",
        "{% for t in tools %}{% endfor %}{{ t }}",
        "{{" + "(" * 3_000 + "1" + ")" * 3_000 + "}}",
        "{% if today %}" * 120 + "{% endif %}" * 120,
        "{% for t in tools %}{% endfor %}" * 21,
        "a" * (TEMPLATE_CHARACTERS + 1),
        "{% for t in tools %}" + "a" * 19_000 + "{% endfor %}",
    ],
    ids=lambda template: template[:40],
)
def test_a_template_that_does_not_work_or_might_not_end_is_refused(template: str) -> None:
    with pytest.raises(InvalidError) as refused:
        check(telling(template))
    assert refused.value.code == "agent_template_invalid"
    assert len(str(refused.value)) <= 500


def test_what_is_filled_in_has_a_limit() -> None:
    many = Facts(FACTS.today, {}, tools=["tool"] * 100)
    with pytest.raises(InvalidError):
        filled("{% for t in tools %}" + "a" * (RENDERED_CHARACTERS // 99) + "{% endfor %}", many)


def test_examples_and_the_manner_of_the_turn_stand_at_the_end() -> None:
    agent = telling("Be good.").model_copy(
        update={"examples": (Example(user="How much?", assistant="Ten."),), "top_k": 6}
    )
    told = briefed(agent, FACTS, Strategy.CONCISE)
    assert told.instructions.startswith("Be good.\n\nThese show the manner")
    assert "<user>How much?</user>\n<assistant>Ten.</assistant>" in told.instructions
    assert told.instructions.endswith("unless the question asks for one.")
    assert (told.top_k, told.output_tokens) == (4, 1_000)
    analytical = briefed(agent, FACTS, Strategy.ANALYTICAL)
    assert (analytical.top_k, analytical.output_tokens) == (10, agent.output_tokens)


def test_one_that_looks_nothing_up_looks_nothing_up_in_any_manner() -> None:
    blind = telling("x").model_copy(update={"top_k": 0})
    assert {briefed(blind, FACTS, kind).top_k for kind in Strategy} == {0}


class FewSpaces:
    """Counts how often it is asked."""

    def __init__(self, context: dict[str, Any] | None) -> None:
        self.known = context
        self.asked = 0

    async def context(self, scope: Scope) -> dict[str, Any]:
        self.asked += 1
        if self.known is None:
            raise NotFoundError("no such space")
        return self.known

    async def profile(self, scope: Scope) -> str:
        return ""

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        raise NotImplementedError

    async def set_profile(self, scope: Scope, text: str) -> None:
        raise NotImplementedError


TOOLS = Toolbox([CALCULATOR])


async def test_an_ordinary_agent_is_told_what_it_says_and_nothing_is_asked() -> None:
    spaces = FewSpaces({})
    briefing = Briefing(spaces)
    for agent in (GENERAL, DIRECT):
        assert await briefing.of(SCOPE, agent, TOOLS, Strategy.PLAIN) is agent
    assert spaces.asked == 0


async def test_a_space_is_asked_once_a_minute() -> None:
    spaces, times = FewSpaces({"name": "Velo", "voice": None}), [0.0]
    briefing = Briefing(
        spaces, clock=lambda: times[0], now=lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    agent = telling("{{ space.name }} {{ space.voice }} {{ today }} {{ tools|join }}")
    for _ in range(3):
        told = await briefing.of(SCOPE, agent, TOOLS, Strategy.PLAIN)
    assert told.instructions == "Velo  Thursday, 2026-01-01 calculator"
    assert spaces.asked == 1
    times[0] = SECONDS
    await briefing.of(SCOPE, agent, TOOLS, Strategy.PLAIN)
    assert spaces.asked == 2


async def test_an_unknown_space_says_nothing() -> None:
    briefing = Briefing(FewSpaces(None))
    told = await briefing.of(SCOPE, telling("[{{ space.name }}]"), TOOLS, Strategy.PLAIN)
    assert told.instructions == "[]"
