"""The agents of an organisation: versioned data, and those that ship."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from models.payloads.agent import Agent
from models.payloads.scope import Scope


class Agents(Protocol):
    """What turns ask."""

    async def get(self, scope: Scope, name: str, version: int | None = None) -> Agent:
        """InvalidError("agent_unknown"). None is the current version."""

    async def all(self, scope: Scope) -> Sequence[Agent]:
        """The current versions, by name; those that were archived are left out."""


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """One entry of an agent's history."""

    agent: Agent
    current: bool
    archived: bool
    created_by: UUID | None
    """None for what ships."""
    created_at: datetime | None
    note: str = ""
    """Why it was changed; a rollback says to which."""


class AgentRegistry(Agents, Protocol):
    """And what those ask who change them. A shipped agent's version 1 is the code's; an
    organisation's changes of it are versions 2 and up of its own."""

    async def versions(self, scope: Scope, name: str) -> Sequence[AgentVersion]:
        """The newest 200 first, as they were written. NotFoundError("agent_not_found")."""

    async def create(self, scope: Scope, agent: Agent, *, by: UUID, note: str = "") -> AgentVersion:
        """As version 1. ConflictError("agent_exists"). As each change: InvalidError(
        "agent_recursive") when another made at once closes a circle of members with it."""

    async def change(
        self, scope: Scope, agent: Agent, *, expected: int | None, by: UUID, note: str = ""
    ) -> AgentVersion:
        """As the next version, current from now on; audited. `expected` is the version that the
        change was made on: ConflictError("agent_changed") when another is current."""

    async def roll_back(
        self, scope: Scope, name: str, version: int, *, by: UUID, note: str = ""
    ) -> AgentVersion:
        """A new version that says what that one said."""

    async def archive(self, scope: Scope, name: str, *, by: UUID) -> None:
        """No new turn may name it; runs that have it go on. ConflictError("agent_shipped") for
        what ships."""
