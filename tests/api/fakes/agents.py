"""The registry of agents, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from domain.catalogue import BY_NAME, Catalogue, agent_unknown
from domain.ports.agents import AgentVersion
from models.errors import ConflictError, NotFoundError
from models.payloads.agent import AUTO, Agent
from models.payloads.scope import Scope


class MemoryAgents:
    """Of one organisation."""

    def __init__(self) -> None:
        self._shipped = Catalogue()
        self._kept: dict[str, list[AgentVersion]] = {}

    async def get(self, scope: Scope, name: str, version: int | None = None) -> Agent:
        if name not in self._kept:
            return await self._shipped.get(scope, name, version)
        for one in self._kept[name]:
            if one.agent.version == version or (version is None and one.current):
                if version is None and one.archived:
                    break
                return one.agent
        raise agent_unknown(name, BY_NAME)

    async def all(self, scope: Scope) -> Sequence[Agent]:
        own = {
            one.agent.name: one.agent
            for versions in self._kept.values()
            for one in versions
            if one.current and not one.archived
        }
        shipped = {agent.name: agent for agent in await self._shipped.all(scope)}
        return [agent for _, agent in sorted({**shipped, **own}.items())]

    async def versions(self, scope: Scope, name: str) -> Sequence[AgentVersion]:
        listed = list(reversed(self._kept.get(name, [])))
        if name in BY_NAME:
            listed.append(_entry(BY_NAME[name], current=not listed))
        if not listed:
            raise NotFoundError("There is no such agent.", code="agent_not_found")
        return listed

    async def create(self, scope: Scope, agent: Agent, *, by: UUID, note: str = "") -> AgentVersion:
        if agent.name in {*BY_NAME, *self._kept, AUTO}:
            raise ConflictError("There is one.", code="agent_exists")
        return self._add(agent, 1, by, note)

    async def change(
        self, scope: Scope, agent: Agent, *, expected: int | None, by: UUID, note: str = ""
    ) -> AgentVersion:
        now = (await self.versions(scope, agent.name))[0]
        if now.archived:
            raise ConflictError("It is archived.", code="agent_archived")
        if expected not in {None, now.agent.version}:
            raise ConflictError("Another is current.", code="agent_changed")
        return self._add(agent, now.agent.version + 1, by, note)

    async def roll_back(
        self, scope: Scope, name: str, version: int, *, by: UUID, note: str = ""
    ) -> AgentVersion:
        versions = await self.versions(scope, name)
        for one in versions:
            if one.agent.version == version:
                return self._add(one.agent, versions[0].agent.version + 1, by, note)
        raise NotFoundError("There is no such version.", code="agent_version_not_found")

    async def archive(self, scope: Scope, name: str, *, by: UUID) -> None:
        if name in BY_NAME:
            raise ConflictError("It ships.", code="agent_shipped")
        await self.versions(scope, name)
        self._kept[name] = [replace(one, archived=True) for one in self._kept[name]]

    def _add(self, agent: Agent, version: int, by: UUID, note: str) -> AgentVersion:
        made = _entry(agent.model_copy(update={"version": version}), by=by, note=note)
        earlier = self._kept.get(agent.name, [])
        earlier = [replace(one, current=False, archived=False) for one in earlier]
        self._kept[agent.name] = [*earlier, made]
        return made


def _entry(
    agent: Agent, *, current: bool = True, by: UUID | None = None, note: str = ""
) -> AgentVersion:
    return AgentVersion(
        agent=agent, current=current, archived=False, created_by=by, created_at=None, note=note
    )
