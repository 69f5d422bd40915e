"""What ships: sound by our own rules, and as it was asked for."""

import ast
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from domain.catalogue import BY_NAME, DIRECT, GENERAL, SHIPPED, Catalogue
from domain.catalogue.checking import Surroundings, check
from domain.catalogue.tools import BUILT_IN
from models.errors import InvalidError
from models.payloads.agent import AUTO, Agent, Pattern, Strategy
from models.payloads.scope import Scope

TOOLS = Path(__file__).parents[2] / "domain" / "tools"
SCOPE = Scope(organisation_id=uuid4(), space_id=uuid4())
# It runs as a child, under the name of the agent that it calls.
DELEGATION = "delegate"


def tools_of_this_code() -> Iterator[str]:
    """Every function `(context: ToolContext, …)` that is made a tool by `tool(…)`."""
    for file in TOOLS.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        made = {
            call.args[0].id
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "tool"
            and call.args
            and isinstance(call.args[0], ast.Name)
        }
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}
        yield from made & functions


def test_agents_may_name_every_tool_there_is() -> None:
    found = set(tools_of_this_code()) - {DELEGATION}
    assert {"calculator", "web_search", "ask_user"} <= found
    assert found <= BUILT_IN


@pytest.mark.parametrize("agent", SHIPPED, ids=lambda agent: agent.name)
def test_what_ships_could_be_saved(agent: Agent) -> None:
    check(agent, Surroundings(agents=BY_NAME))


@pytest.mark.parametrize(
    ("name", "tools", "temperature"),
    [
        ("seo", {"keyword_research", "serp_analysis", "content_audit"}, 0.7),
        ("email", {"subject_line_check", "sequence_check"}, 0.7),
        ("brand", {"voice_analyzer", "tone_checker", "style_guide_lookup"}, 0.3),
        ("strategy", {"compare_competitors", "run_report", "content_calendar"}, 0.7),
    ],
)
def test_the_marketing_team_is_as_it_was_asked_for(
    name: str, tools: set[str], temperature: float
) -> None:
    agent = BY_NAME[name]
    assert tools <= set(agent.tools)
    assert agent.temperature == temperature
    assert 5 <= agent.top_k <= 8
    assert agent.examples
    assert agent.strategy is Strategy.AUTO


def test_the_team_has_a_leader_with_room_for_its_members() -> None:
    leader = BY_NAME["marketing_team"]
    assert leader.pattern is Pattern.SUPERVISOR
    assert leader.members == ("seo", "email", "brand", "strategy")
    assert (leader.iteration_limit, leader.tool_call_limit) == (20, 50)


def test_the_general_ones_cost_no_step_more() -> None:
    """Their turns have neither a routing step nor a template."""
    for agent in (GENERAL, DIRECT):
        assert agent.strategy is Strategy.PLAIN
        assert not agent.examples
        assert "{" not in agent.instructions


async def test_auto_has_a_plan_and_is_nobody() -> None:
    catalogue = Catalogue()
    assert (await catalogue.get(SCOPE, AUTO)).name == AUTO
    assert AUTO not in {agent.name for agent in await catalogue.all(SCOPE)}
    with pytest.raises(InvalidError):
        await catalogue.get(SCOPE, AUTO, 2)


def test_a_tool_of_a_server_that_is_not_registered_is_unknown() -> None:
    agent = GENERAL.model_copy(update={"tools": ("crm__find",)})
    check(agent, Surroundings(agents=BY_NAME, server_tools=frozenset({"crm__find"})))
    with pytest.raises(InvalidError) as refused:
        check(agent, Surroundings(agents=BY_NAME, server_tools=frozenset()))
    assert refused.value.code == "agent_tool_unknown"


def test_many_agents_that_lead_each_other_are_looked_at_once_each() -> None:
    """A path for each way through them would not come back."""
    layers = {
        f"a{depth}_{place}": Agent(
            name=f"a{depth}_{place}",
            pattern=Pattern.SUPERVISOR,
            members=tuple(f"a{depth + 1}_{other}" for other in range(8))
            if depth < 20
            else ("end",),
        )
        for depth in range(21)
        for place in range(8)
    }
    first = Agent(name="first", pattern=Pattern.SUPERVISOR, members=("a0_0",))
    check(first, Surroundings(agents=layers))
    end = Agent(name="end", pattern=Pattern.SUPERVISOR, members=("first",))
    with pytest.raises(InvalidError) as refused:
        check(first, Surroundings(agents={**layers, "end": end}))
    assert refused.value.code == "agent_recursive"
