"""Agents that work together: who may call whom, and with how much of the caller's budget."""

from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Final

from domain.tools.tool import ArgumentsError
from models.ids import child_run_id
from models.payloads.agent import Agent, AgentPlan, Pattern
from models.payloads.turn import ChildRun, ThinkRequest

# A person's turn is 0. Deeper than this nobody can follow who asked for what.
DEEPEST: Final = 3
# At once, in one step of one agent: each is a run with a model call of its own.
MOST_CHILDREN: Final = 8
# Of the caller's time, so that it can still answer with what it heard.
_KEPT_SHARE: Final = 5
_KEPT_AT_MOST: Final = timedelta(minutes=1)
# US dollars; less is nothing.
_LEAST_COST: Final = Decimal("0.000001")

MEMBER_PREFIX: Final = "delegate_to_"


def member_tool(name: str) -> str:
    """The name of the tool that calls the agent of this name."""
    return f"{MEMBER_PREFIX}{name}"


def member_of(tool: str) -> str | None:
    """The agent that a tool of this name calls; None for other tools."""
    return tool.removeprefix(MEMBER_PREFIX) if tool.startswith(MEMBER_PREFIX) else None


def offered(agent: Agent, depth: int = 0) -> tuple[str, ...]:
    """The names of the tools that an agent has in a run of that depth: its own, and its members
    while they may still be called."""
    if agent.pattern is Pattern.SINGLE or depth >= DEEPEST:
        return agent.tools
    members = (member_tool(member) for member in agent.members if member != agent.name)
    return (*agent.tools, *members)


def child_of(request: ThinkRequest, plan: AgentPlan, call_id: str, calls: int) -> ChildRun:
    """The run that a call starts. `plan` is the called agent's own; `calls` is how many of the
    step's calls start agents. Each gets an equal share of what the caller has left, at most, and
    the caller keeps one. ArgumentsError, for the model to read, when the call may not be made."""
    if request.depth >= DEEPEST:
        raise ArgumentsError(f"Agents call each other {DEEPEST} deep at most: answer yourself.")
    if calls > MOST_CHILDREN:
        raise ArgumentsError(f"Too many agents at once: {MOST_CHILDREN} at most.")
    own, spent = request.agent, request.spent
    shares = calls + 1
    tokens = (own.token_budget - spent.tokens) // shares
    cost = None
    if own.cost_budget is not None:
        cost = ((own.cost_budget - spent.cost_usd) / shares).quantize(_LEAST_COST, ROUND_DOWN)
    if tokens < 1 or (cost is not None and cost <= 0):
        raise ArgumentsError("The budget is spent: answer with what you have.")
    return ChildRun(
        run_id=child_run_id(request.turn.turn_id, call_id),
        depth=request.depth + 1,
        agent=plan.model_copy(
            update={
                "token_budget": min(plan.token_budget, tokens),
                "cost_budget": _least(plan.cost_budget, cost),
                "tool_call_limit": min(plan.tool_call_limit, own.tool_call_limit),
                "deadline": within(plan.deadline, request.time_left),
            }
        ),
    )


def within(deadline: timedelta, left: timedelta) -> timedelta:
    """A called agent's deadline, when its caller has so much time left."""
    return min(deadline, left - min(left / _KEPT_SHARE, _KEPT_AT_MOST))


def _least(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    given = [amount for amount in (one, other) if amount is not None]
    return min(given) if given else None
