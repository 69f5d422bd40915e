"""Who may call whom, and with how much of the caller's budget."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from domain.teams import DEEPEST, MOST_CHILDREN, child_of, member_of, member_tool, offered, within
from domain.tools.asking import ASK_USER, asking
from domain.tools.members import Members
from domain.tools.tool import ArgumentsError, Effect, Reach
from models.errors import InvalidError
from models.payloads.agent import Agent, AgentPlan, Pattern
from models.payloads.chat import Reply, ToolCall
from models.payloads.scope import Scope, TurnKey
from models.payloads.turn import Finish, Spent, ThinkRequest

SCOPE = Scope(organisation_id=UUID(int=1), space_id=UUID(int=2))
WRITER = AgentPlan(name="writer")


def a_request(**changes: object) -> ThinkRequest:
    usual = ThinkRequest(
        turn=TurnKey(scope=SCOPE, conversation_id=UUID(int=3), turn_id=UUID(int=4)),
        step=1,
        agent=AgentPlan(name="lead", token_budget=90_000, deadline=timedelta(minutes=10)),
        time_left=timedelta(minutes=10),
    )
    return usual.model_copy(update=changes)


def test_a_child_gets_an_equal_share_of_what_is_left_and_the_caller_keeps_one() -> None:
    request = a_request(spent=Spent(tokens=30_000))
    assert child_of(request, WRITER, "c1", 1).agent.token_budget == 30_000
    assert child_of(request, WRITER, "c1", 5).agent.token_budget == 10_000


def test_a_child_gets_no_more_than_its_own_budget() -> None:
    thrifty = WRITER.model_copy(update={"token_budget": 500, "tool_call_limit": 3})
    child = child_of(a_request(), thrifty, "c1", 1).agent
    assert (child.token_budget, child.tool_call_limit) == (500, 3)


def test_money_is_shared_as_tokens_are_and_never_rounded_up() -> None:
    lead = AgentPlan(name="lead", cost_budget=Decimal(1))
    request = a_request(agent=lead, spent=Spent(cost_usd=Decimal("0.5")))
    assert child_of(request, WRITER, "c1", 2).agent.cost_budget == Decimal("0.166666")
    own = WRITER.model_copy(update={"cost_budget": Decimal("0.01")})
    assert child_of(request, own, "c1", 2).agent.cost_budget == Decimal("0.01")
    assert child_of(a_request(), own, "c1", 2).agent.cost_budget == Decimal("0.01")


def test_a_child_ends_before_its_caller_has_to() -> None:
    assert within(timedelta(minutes=30), timedelta(minutes=10)) == timedelta(minutes=9)
    assert within(timedelta(minutes=30), timedelta(seconds=50)) == timedelta(seconds=40)
    assert within(timedelta(seconds=5), timedelta(minutes=10)) == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("changes", "calls", "why"),
    [
        ({"depth": DEEPEST}, 1, "deep"),
        ({}, MOST_CHILDREN + 1, "at once"),
        ({"spent": Spent(tokens=90_000)}, 1, "budget"),
        (
            {
                "agent": AgentPlan(name="lead", cost_budget=Decimal("0.1")),
                "spent": Spent(cost_usd=Decimal("0.1")),
            },
            1,
            "budget",
        ),
    ],
)
def test_a_call_that_may_not_be_made_says_why(
    changes: dict[str, object], calls: int, why: str
) -> None:
    with pytest.raises(ArgumentsError, match=why):
        child_of(a_request(**changes), WRITER, "c1", calls)


def test_a_childs_run_is_the_same_in_every_attempt_and_another_for_every_call() -> None:
    runs = {child_of(a_request(), WRITER, call, 1).run_id for call in ("c1", "c1", "c2")}
    assert len(runs) == 2
    assert child_of(a_request(depth=1), WRITER, "c1", 1).depth == 2


def test_members_are_offered_until_the_deepest_run_and_never_to_themselves() -> None:
    lead = Agent(
        name="lead", pattern=Pattern.SUPERVISOR, members=("a", "lead", "b"), tools=("calculator",)
    )
    assert offered(lead) == ("calculator", "delegate_to_a", "delegate_to_b")
    assert offered(lead, DEEPEST) == ("calculator",)
    assert offered(lead.model_copy(update={"pattern": Pattern.SINGLE})) == ("calculator",)


def test_a_set_order_gets_the_steps_that_it_takes() -> None:
    eight = tuple("abcdefgh")
    row = Agent(name="row", pattern=Pattern.SEQUENTIAL, members=eight)
    assert row.plan().iteration_limit == 9
    debate = Agent(name="d", pattern=Pattern.DEBATE, rounds=5, iteration_limit=1)
    assert debate.plan().iteration_limit == 6
    assert Agent(name="s", pattern=Pattern.SUPERVISOR).plan().iteration_limit == 20
    assert (
        Agent(name="s", pattern=Pattern.SUPERVISOR, iteration_limit=3).plan().iteration_limit == 3
    )


class One:
    """An organisation with one agent."""

    async def get(self, scope: Scope, name: str, version: int | None = None) -> Agent:
        if name != "writer":
            raise InvalidError("no", code="agent_unknown")
        return Agent(name="writer", description="Writes.", token_budget=7)

    async def all(self, scope: Scope) -> tuple[Agent, ...]:
        return ()


async def test_an_agent_is_a_tool_that_reads_and_that_nobody_vouches_for() -> None:
    names = [member_tool("writer"), member_tool("gone"), "calculator"]
    (found,) = await Members(One()).tools(SCOPE, names)
    assert member_of(found.name) == "writer"
    assert found.schema.name == found.name
    assert "Writes." in found.schema.description
    assert found.agent is not None
    assert found.agent.token_budget == 7
    assert (found.effect, found.reach, found.trusted) == (Effect.READ, Reach.AGENT, False)
    assert found.validate('{"task": "Go"}') == {"task": "Go"}
    with pytest.raises(ArgumentsError):
        found.validate('{"task": ""}')


def asked(*calls: ToolCall, text: str = "") -> Reply:
    return asking(Reply(text=text, calls=calls, finish=Finish.TOOL_CALLS), (ASK_USER.name, "other"))


def a_question(arguments: str = '{"question": "Which month?"}') -> ToolCall:
    return ToolCall(call_id=str(uuid4()), name=ASK_USER.name, arguments=arguments)


def test_a_question_to_the_user_is_the_answer() -> None:
    reply = asked(a_question(), text="I cannot say yet.")
    assert reply.text == "I cannot say yet.\n\nWhich month?"
    assert (reply.calls, reply.finish) == ((), Finish.NEEDS_MORE_CONTEXT)
    assert asked(a_question()).text == "Which month?"


def test_a_question_beside_other_calls_or_without_sense_stays_a_call() -> None:
    other = ToolCall(call_id="2", name="other", arguments="{}")
    for reply in (asked(a_question(), other), asked(a_question('{"question": 3}')), asked(other)):
        assert reply.finish is Finish.TOOL_CALLS
        assert reply.calls
    stranger = Reply(text="", calls=(a_question(),), finish=Finish.TOOL_CALLS)
    assert asking(stranger, ("other",)) == stranger
