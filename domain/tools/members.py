"""Agents as tools of other agents."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from domain.ports.agents import Agents
from domain.teams import member_of
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from models.errors import InvalidError
from models.payloads.agent import Agent
from models.payloads.scope import Scope

# It crosses as text of a message does; longer work belongs into a document.
MOST_TASK_CHARACTERS: Final = 50_000


class Members:
    """A source of tools: every agent of the organisation, under the name that calls it."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    async def tools(self, scope: Scope, names: Sequence[str]) -> Sequence[Tool]:
        found: list[Tool] = []
        for name in names:
            member = member_of(name)
            if member is None:
                continue
            try:
                agent = await self._agents.get(scope, member)
            except InvalidError:
                # Archived since: its callers do without it.
                continue
            found.append(_delegation(name, agent))
        return found


async def delegate(
    context: ToolContext,  # noqa: ARG001 -- it never runs here
    task: Annotated[str, Field(min_length=1, max_length=MOST_TASK_CHARACTERS)],  # noqa: ARG001 -- as above
) -> str:
    """Let another agent work on a task of its own, and get its answer.

    Args:
        task: What it shall do. It sees nothing of this conversation: say all that it needs.
    """
    raise AssertionError("an agent runs as a child of its caller, never as a tool")


_DELEGATE = tool(delegate, effect=Effect.READ, reach=Reach.AGENT, cost="the agent's own calls")


def _delegation(name: str, agent: Agent) -> Tool:
    """Reading, for the policy: what the agent wants to do passes the gate in its own run."""
    said = f"{_DELEGATE.schema.description} Its name is {agent.name}. {agent.description}".strip()
    schema = _DELEGATE.schema.model_copy(update={"name": name, "description": said})
    return replace(_DELEGATE, name=name, schema=schema, agent=agent.plan())
