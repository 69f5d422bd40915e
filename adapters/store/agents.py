"""Agents of organisations in Postgres, beside those that ship."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4, uuid5

from adapters.store import agent_sql as sql
from adapters.store.agent_sql import agent_of, version_of
from adapters.store.database import Database
from adapters.store.repository import Repository, lock_organisation
from adapters.store.session import Session
from adapters.store.stored import clean, dump
from adapters.store.trail import record, recorded
from domain.catalogue import BY_NAME, ROUTER, agent_unknown, within
from domain.catalogue.checking import check_circle
from domain.ports.agents import AgentVersion
from models.errors import ConflictError, LimitError, NotFoundError
from models.payloads.agent import AUTO, Agent
from models.payloads.scope import Scope

# A turn may be answered by what was current so long ago: asking each time would cost a query.
SECONDS = 5.0
# Organisations whose agents a process remembers: some 20 KB each, 6 MB at their largest.
REMEMBERED = 200
# Versions that never change, of some 4 KB each.
REMEMBERED_VERSIONS = 2_000
# What a routing step can choose from, and a person can overlook.
MOST_AGENTS = 200
NOTE_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class _Change:
    """One change, named so that a repeat after a lost commit finds that it was made."""

    id: UUID
    action: str
    name: str
    by: UUID
    note: str = ""


class PostgresAgents(Repository):
    """An AgentRegistry. What turns get is cut to the limits of the deployment's model; versions say
    what was written."""

    def __init__(
        self,
        database: Database,
        *,
        context_tokens: int | None = None,
        output_tokens: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(database)
        self._context_tokens = context_tokens
        self._output_tokens = output_tokens
        self._clock = clock
        self._shipped = {name: self._within(agent) for name, agent in BY_NAME.items()}
        self._router = self._within(ROUTER)
        self._current: OrderedDict[UUID, tuple[float, Mapping[str, Agent]]] = OrderedDict()
        self._versions: OrderedDict[tuple[UUID, str, int], Agent] = OrderedDict()

    async def get(self, scope: Scope, name: str, version: int | None = None) -> Agent:
        if name == AUTO:
            return self._router
        if version is None:
            agents = await self._now(scope)
            if name not in agents:
                raise agent_unknown(name, agents)
            return agents[name]
        shipped = self._shipped.get(name)
        if shipped is not None and shipped.version == version:
            return shipped
        return await self._of_version(scope, name, version)

    async def all(self, scope: Scope) -> Sequence[Agent]:
        agents = await self._now(scope)
        return tuple(agents[name] for name in sorted(agents))

    async def versions(self, scope: Scope, name: str) -> Sequence[AgentVersion]:
        async def work(session: Session) -> Sequence[AgentVersion]:
            rows = await session.fetch(sql.VERSIONS, scope.organisation_id, name)
            listed = [version_of(row) for row in rows]
            shipped = BY_NAME.get(name)
            if shipped is not None:
                listed.append(
                    AgentVersion(
                        agent=shipped,
                        current=not listed,
                        archived=False,
                        created_by=None,
                        created_at=None,
                    )
                )
            if not listed:
                raise _not_found()
            return listed

        return await self._run(scope, work)

    async def create(self, scope: Scope, agent: Agent, *, by: UUID, note: str = "") -> AgentVersion:
        change = _Change(uuid4(), "agent.created", agent.name, by, note)

        async def work(session: Session) -> None:
            await lock_organisation(session)
            found = await session.first(sql.COUNT, scope.organisation_id)
            if found is not None and found["count"] >= MOST_AGENTS:
                raise LimitError(
                    f"An organisation has {MOST_AGENTS} agents of its own at most.",
                    code="agents_full",
                )
            if await session.first(sql.HEAD, scope.organisation_id, agent.name, 1) is None:
                raise _exists(agent.name)
            await self._insert(session, change, agent, 1)

        if agent.name in self._shipped or agent.name == AUTO:
            raise _exists(agent.name)
        return await self._made(scope, change, work)

    async def change(
        self, scope: Scope, agent: Agent, *, expected: int | None, by: UUID, note: str = ""
    ) -> AgentVersion:
        change = _Change(uuid4(), "agent.changed", agent.name, by, note)

        async def work(session: Session) -> None:
            row = await self._locked(session, agent.name)
            if row["archived"]:
                raise ConflictError(
                    "The agent is archived: rolling back to a version brings it back.",
                    code="agent_archived",
                )
            if expected not in {None, row["version"]}:
                raise ConflictError(
                    f"Version {row['version']} is current, not {expected}.", code="agent_changed"
                )
            await self._insert(session, change, agent, row["version"] + 1)

        return await self._made(scope, change, work)

    async def roll_back(
        self, scope: Scope, name: str, version: int, *, by: UUID, note: str = ""
    ) -> AgentVersion:
        said = f"Back to version {version}. {note}".strip()
        change = _Change(uuid4(), "agent.rolled_back", name, by, said)

        async def work(session: Session) -> None:
            row = await self._locked(session, name)
            earlier = await session.first(sql.ONE, scope.organisation_id, name, version)
            if earlier is not None:
                agent = agent_of(earlier)
            elif name in BY_NAME and version == BY_NAME[name].version:
                agent = BY_NAME[name]
            else:
                raise NotFoundError(
                    f"The agent has no version {version}.", code="agent_version_not_found"
                )
            await self._insert(session, change, agent, row["version"] + 1)

        return await self._made(scope, change, work)

    async def archive(self, scope: Scope, name: str, *, by: UUID) -> None:
        change = _Change(uuid4(), "agent.archived", name, by)

        async def work(session: Session) -> None:
            if await recorded(session, change.id):
                return
            row = await session.first(sql.LOCK, scope.organisation_id, name)
            if row is None or row["archived"]:
                raise _not_found()
            await session.fetch(sql.ARCHIVE, scope.organisation_id, name)
            await self._audit(session, change, row["version"])

        if name in self._shipped:
            raise ConflictError("What ships stays; change it instead.", code="agent_shipped")
        await self._run(scope, work)
        self._current.pop(scope.organisation_id, None)

    async def _made(
        self, scope: Scope, change: _Change, work: Callable[[Session], Any]
    ) -> AgentVersion:
        async def once(session: Session) -> None:
            if not await recorded(session, change.id):
                await work(session)

        await self._run(scope, once)
        self._current.pop(scope.organisation_id, None)
        return (await self.versions(scope, change.name))[0]

    async def _locked(self, session: Session, name: str) -> Any:  # noqa: ANN401 - a driver's record
        """The agent's row, made for one that ships and was never changed."""
        organisation = session.scope.organisation_id
        if name in BY_NAME:
            await session.fetch(sql.HEAD, organisation, name, BY_NAME[name].version)
        row = await session.first(sql.LOCK, organisation, name)
        if row is None:
            raise _not_found()
        return row

    async def _insert(self, session: Session, change: _Change, agent: Agent, version: int) -> None:
        organisation = session.scope.organisation_id
        said = agent.model_copy(update={"name": change.name, "version": version})
        if said.members:
            await _check_circle(session, said)
        await session.fetch(
            sql.INSERT,
            *(organisation, change.name, version, dump(said.model_dump(mode="json"))),
            *(change.by, clean(change.note)[:NOTE_CHARACTERS]),
        )
        await session.fetch(sql.ADVANCE, organisation, change.name, version)
        await self._audit(session, change, version)

    async def _audit(self, session: Session, change: _Change, version: int) -> None:
        details = {"agent": change.name, "version": version, "note": change.note[:NOTE_CHARACTERS]}
        subject = uuid5(session.scope.organisation_id, f"agent:{change.name}")
        await record(session, change.id, change.action, subject, by=change.by, details=details)

    async def _now(self, scope: Scope) -> Mapping[str, Agent]:
        """The current agents, at most SECONDS old."""
        organisation, now = scope.organisation_id, self._clock()
        kept = self._current.get(organisation)
        if kept is not None and now - kept[0] < SECONDS:
            return kept[1]

        async def work(session: Session) -> Sequence[Any]:
            return await session.fetch(sql.CURRENT, organisation)

        own = {row["name"]: self._within(agent_of(row)) for row in await self._run(scope, work)}
        agents = {**self._shipped, **own}
        self._current[organisation] = now, agents
        self._current.move_to_end(organisation)
        while len(self._current) > REMEMBERED:
            self._current.popitem(last=False)
        return agents

    async def _of_version(self, scope: Scope, name: str, version: int) -> Agent:
        key = scope.organisation_id, name, version
        if (kept := self._versions.get(key)) is not None:
            return kept

        async def work(session: Session) -> Any | None:  # noqa: ANN401 - a driver's record
            # Beyond what the column holds there is none.
            known = 0 < version < 2**31
            return await session.first(sql.ONE, *key) if known else None

        row = await self._run(scope, work)
        if row is None:
            raise agent_unknown(name, await self._now(scope))
        agent = self._versions[key] = self._within(agent_of(row))
        while len(self._versions) > REMEMBERED_VERSIONS:
            self._versions.popitem(last=False)
        return agent

    def _within(self, agent: Agent) -> Agent:
        return within(agent, self._context_tokens, self._output_tokens)


async def _check_circle(session: Session, agent: Agent) -> None:
    """Two changes that are sound by themselves may close a circle: they come one by one, and the
    second is checked against the first."""
    organisation = session.scope.organisation_id
    await lock_organisation(session)
    own = {row["name"]: agent_of(row) for row in await session.fetch(sql.CURRENT, organisation)}
    check_circle(agent, {**BY_NAME, **own})


def _not_found() -> NotFoundError:
    return NotFoundError("There is no such agent.", code="agent_not_found")


def _exists(name: str) -> ConflictError:
    return ConflictError(f"There is, or was, an agent {name!r}.", code="agent_exists")
