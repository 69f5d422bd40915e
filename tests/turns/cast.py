"""Agents of a test's own, and what they are told to do."""

import json
from collections.abc import Awaitable, Callable, Sequence

from domain.teams import member_tool
from models.errors import InvalidError
from models.payloads.agent import Agent, Pattern
from models.payloads.scope import Scope
from tests.turns.lab import Lab

Play = Callable[[Lab], Awaitable[None]]

# Longer than anybody waits, also for a stop that comes with a heartbeat's answer: it is stopped.
SLOW_TOKENS = 2_000
SLOW = f"@offline tokens={SLOW_TOKENS} gap_ms=25"
CALCULATE = '@offline call=calculator args={"expression": "6 * 7"}'
PUBLISH = '@offline call=publish_note args={"title": "News", "body": "All is well."}'


class Cast:
    """Fills the Agents port with these."""

    def __init__(self, *agents: Agent) -> None:
        self._agents = {agent.name: agent for agent in agents}

    async def get(self, scope: Scope, name: str, version: int | None = None) -> Agent:
        if name not in self._agents:
            raise InvalidError("There is no such agent.", code="agent_unknown")
        return self._agents[name]

    async def all(self, scope: Scope) -> Sequence[Agent]:
        return tuple(self._agents.values())


def an_agent(name: str, **changes: object) -> Agent:
    return Agent(name=name, retrieves=False).model_copy(update=changes)


def a_lead(*members: str, name: str = "lead", **changes: object) -> Agent:
    return an_agent(name, pattern=Pattern.SUPERVISOR, members=members, **changes)


def calling(member: str, task: str) -> str:
    """A line that lets the offline model call a member, once."""
    arguments = json.dumps({"task": task}, ensure_ascii=True)
    return f"@offline call={member_tool(member)} args={arguments}"
