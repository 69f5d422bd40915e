"""The agents that a space may use."""

from collections.abc import Sequence
from typing import Protocol

from models.payloads.agent import Agent
from models.payloads.scope import Scope


class Agents(Protocol):
    async def get(self, scope: Scope, name: str, version: int | None = None) -> Agent:
        """InvalidError("agent_unknown"). None is the newest version."""

    async def all(self, scope: Scope) -> Sequence[Agent]: ...
