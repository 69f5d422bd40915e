"""Agents as an organisation's own, versioned data."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.store.agents import SECONDS, PostgresAgents
from adapters.store.database import Database
from adapters.store.session import Session
from domain.catalogue import GENERAL, SHIPPED
from domain.ports.agents import AgentVersion
from models.errors import AppError
from models.payloads.agent import AUTO, Agent, Pattern
from models.payloads.policy import Rule, Ruling
from models.payloads.scope import Scope
from tests.store.stage import Stage

BUYER = Agent(
    name="buyer",
    description="Buys what is asked for.",
    instructions="You buy things.",
    tools=("calculator",),
    rules=(Rule(name="never alone", ruling=Ruling.DENY, tools=("pay*",)),),
)
WHO = uuid4()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def agents(database: Database) -> PostgresAgents:
    return PostgresAgents(database)


async def code_of(work: Awaitable[object]) -> str:
    with pytest.raises(AppError) as refused:
        await work
    return refused.value.code


async def test_what_ships_is_there_from_the_start(stage: Stage, agents: PostgresAgents) -> None:
    listed = await agents.all(stage.scope)
    assert [agent.name for agent in listed] == sorted(agent.name for agent in SHIPPED)
    assert await agents.get(stage.scope, "general") == GENERAL
    assert await agents.get(stage.scope, "general", 1) == GENERAL
    (only,) = await agents.versions(stage.scope, "general")
    assert (only.agent, only.current, only.created_by) == (GENERAL, True, None)


async def test_an_agent_is_made_changed_and_found_by_each_of_its_versions(
    stage: Stage, agents: PostgresAgents
) -> None:
    made = await agents.create(stage.scope, BUYER, by=WHO, note="first")
    assert (made.agent, made.current, made.created_by, made.note) == (BUYER, True, WHO, "first")
    changed = BUYER.model_copy(update={"instructions": "You buy cheap things."})
    second = await agents.change(stage.scope, changed, expected=1, by=WHO)
    assert second.agent.version == 2
    assert (await agents.get(stage.scope, "buyer")).instructions == "You buy cheap things."
    assert await agents.get(stage.scope, "buyer", 1) == BUYER
    versions = await agents.versions(stage.scope, "buyer")
    assert [(one.agent.version, one.current) for one in versions] == [(2, True), (1, False)]


async def test_what_ships_is_changed_from_its_second_version_on(
    stage: Stage, agents: PostgresAgents
) -> None:
    own = GENERAL.model_copy(update={"instructions": "Be brief."})
    changed = await agents.change(stage.scope, own, expected=1, by=WHO)
    assert changed.agent.version == 2
    assert (await agents.get(stage.scope, "general")).instructions == "Be brief."
    assert await agents.get(stage.scope, "general", 1) == GENERAL
    back = await agents.roll_back(stage.scope, "general", 1, by=WHO, note="too brief")
    assert (back.agent.version, back.agent.instructions) == (3, GENERAL.instructions)
    assert back.note == "Back to version 1. too brief"
    versions = await agents.versions(stage.scope, "general")
    assert [one.agent.version for one in versions] == [3, 2, 1]


async def test_of_two_who_change_the_same_version_one_is_told(
    stage: Stage, agents: PostgresAgents
) -> None:
    await agents.create(stage.scope, BUYER, by=WHO)
    await agents.change(stage.scope, BUYER, expected=1, by=WHO)
    late = agents.change(stage.scope, BUYER, expected=1, by=WHO)
    assert await code_of(late) == "agent_changed"
    assert (await agents.change(stage.scope, BUYER, expected=None, by=WHO)).agent.version == 3


async def test_of_many_who_change_it_at_once_one_is_heard(
    stage: Stage, agents: PostgresAgents
) -> None:
    changes = [agents.change(stage.scope, GENERAL, expected=1, by=uuid4()) for _ in range(8)]
    ended = await asyncio.gather(*changes, return_exceptions=True)
    made = [one for one in ended if isinstance(one, AgentVersion)]
    refused = [one.code for one in ended if isinstance(one, AppError)]
    assert [one.agent.version for one in made] == [2]
    assert refused == ["agent_changed"] * 7


async def test_of_many_whose_changes_close_a_circle_at_once_one_is_told(
    stage: Stage, agents: PostgresAgents
) -> None:
    names = ["ann", "ben", "cem", "dan"]
    alone = [BUYER.model_copy(update={"name": name}) for name in names]
    for agent in alone:
        await agents.create(stage.scope, agent, by=WHO)
    changes = [
        agents.change(stage.scope, leading(agent, member), expected=1, by=WHO)
        for agent, member in zip(alone, [*names[1:], names[0]], strict=True)
    ]
    ended = await asyncio.gather(*changes, return_exceptions=True)
    assert len([one for one in ended if isinstance(one, AgentVersion)]) == 3
    assert [one.code for one in ended if isinstance(one, AppError)] == ["agent_recursive"]


async def test_what_was_sound_once_is_not_rolled_back_into_a_circle(
    stage: Stage, agents: PostgresAgents
) -> None:
    await agents.create(stage.scope, leading(BUYER, "general"), by=WHO)
    await agents.change(stage.scope, BUYER, expected=1, by=WHO)
    await agents.change(stage.scope, leading(GENERAL, "buyer"), expected=1, by=WHO)
    back = agents.roll_back(stage.scope, "buyer", 1, by=WHO)
    assert await code_of(back) == "agent_recursive"


def leading(agent: Agent, member: str) -> Agent:
    return agent.model_copy(update={"pattern": Pattern.SUPERVISOR, "members": (member,)})


async def test_an_archived_agent_is_named_no_more_and_still_found_by_its_runs(
    stage: Stage, agents: PostgresAgents
) -> None:
    await agents.create(stage.scope, BUYER, by=WHO)
    await agents.archive(stage.scope, "buyer", by=WHO)
    assert await code_of(agents.get(stage.scope, "buyer")) == "agent_unknown"
    assert "buyer" not in [agent.name for agent in await agents.all(stage.scope)]
    assert await agents.get(stage.scope, "buyer", 1) == BUYER
    assert await code_of(agents.change(stage.scope, BUYER, expected=1, by=WHO)) == "agent_archived"
    assert await code_of(agents.archive(stage.scope, "buyer", by=WHO)) == "agent_not_found"
    assert await code_of(agents.create(stage.scope, BUYER, by=WHO)) == "agent_exists"
    assert [one.archived for one in await agents.versions(stage.scope, "buyer")] == [True]
    await agents.roll_back(stage.scope, "buyer", 1, by=WHO)
    assert (await agents.get(stage.scope, "buyer")).version == 2


async def test_what_is_not_there_or_may_not_be_is_said_by_name(
    stage: Stage, agents: PostgresAgents
) -> None:
    scope = stage.scope
    assert await code_of(agents.get(scope, "nobody")) == "agent_unknown"
    assert await code_of(agents.get(scope, "general", 7)) == "agent_unknown"
    assert await code_of(agents.get(scope, "general", 2**40)) == "agent_unknown"
    assert await code_of(agents.versions(scope, "nobody")) == "agent_not_found"
    assert await code_of(agents.change(scope, BUYER, expected=1, by=WHO)) == "agent_not_found"
    assert await code_of(agents.roll_back(scope, "general", 4, by=WHO)) == "agent_version_not_found"
    assert await code_of(agents.archive(scope, "general", by=WHO)) == "agent_shipped"
    assert await code_of(agents.create(scope, GENERAL, by=WHO)) == "agent_exists"
    auto = BUYER.model_copy(update={"name": AUTO})
    assert await code_of(agents.create(scope, auto, by=WHO)) == "agent_exists"


async def test_whoever_fits_has_a_plan_before_somebody_is_chosen(
    stage: Stage, agents: PostgresAgents
) -> None:
    assert (await agents.get(stage.scope, AUTO)).name == AUTO


async def test_other_organisations_know_nothing_of_it(
    stage: Stage, agents: PostgresAgents, database: Database
) -> None:
    await agents.create(stage.scope, BUYER, by=WHO)
    stranger = Scope(organisation_id=uuid4(), space_id=uuid4())
    sibling = Scope(organisation_id=stage.scope.organisation_id, space_id=uuid4())
    assert await code_of(agents.get(stranger, "buyer")) == "agent_unknown"
    assert await code_of(agents.get(stranger, "buyer", 1)) == "agent_unknown"
    assert await code_of(agents.versions(stranger, "buyer")) == "agent_not_found"
    assert (await agents.get(sibling, "buyer")).name == "buyer"
    async with database.transaction(stranger) as session:
        for table in ("agent", "agent_version"):
            assert await session.fetch(f"SELECT FROM {table}") == []


async def test_no_version_can_be_changed_or_taken_away(
    stage: Stage, agents: PostgresAgents, database: Database
) -> None:
    await agents.create(stage.scope, BUYER, by=WHO)
    for statement in ("UPDATE agent_version SET note = 'x'", "DELETE FROM agent_version"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(stage.scope) as session:
                await session.fetch(statement)


async def test_another_process_sees_a_change_after_five_seconds(
    stage: Stage, agents: PostgresAgents, database: Database
) -> None:
    clock = Clock()
    other = PostgresAgents(database, clock=clock)
    assert await code_of(other.get(stage.scope, "buyer")) == "agent_unknown"
    await agents.create(stage.scope, BUYER, by=WHO)
    assert await code_of(other.get(stage.scope, "buyer")) == "agent_unknown"
    clock.now += SECONDS
    assert await other.get(stage.scope, "buyer") == BUYER


async def test_agents_are_cut_to_what_the_model_takes_and_kept_as_written(
    stage: Stage, database: Database
) -> None:
    small = PostgresAgents(database, context_tokens=4_000, output_tokens=500)
    made = await small.create(stage.scope, BUYER, by=WHO)
    assert made.agent.context_tokens == BUYER.context_tokens
    for version in (None, 1):
        agent = await small.get(stage.scope, "buyer", version)
        assert (agent.context_tokens, agent.output_tokens) == (4_000, 500)
        assert agent.passage_tokens == 1_750


async def test_each_change_is_audited_once(
    stage: Stage, agents: PostgresAgents, database: Database
) -> None:
    await agents.create(stage.scope, BUYER, by=WHO, note="why")
    await agents.change(stage.scope, BUYER, expected=1, by=WHO)
    await agents.roll_back(stage.scope, "buyer", 1, by=WHO)
    await agents.archive(stage.scope, "buyer", by=WHO)
    async with database.transaction(stage.scope) as session:
        rows = await session.fetch(
            "SELECT action, user_id, details FROM audit WHERE space_id = $1 "
            "AND action LIKE 'agent.%' ORDER BY created_at",
            stage.scope.space_id,
        )
    assert [row["action"] for row in rows] == [
        *("agent.created", "agent.changed", "agent.rolled_back", "agent.archived")
    ]
    assert {row["user_id"] for row in rows} == {WHO}
    assert rows[0]["details"] == {"agent": "buyer", "version": 1, "note": "why"}


async def test_a_change_whose_commit_was_lost_is_made_once(
    stage: Stage, database: Database, agents: PostgresAgents
) -> None:
    await agents.create(stage.scope, BUYER, by=WHO)

    class Twice:
        """Runs each piece of work again, as after a commit whose answer was lost."""

        async def run(self, scope: Scope, work: Callable[[Session], Awaitable[object]]) -> object:
            await database.run(scope, work)
            return await database.run(scope, work)

    twice = PostgresAgents(Twice())  # type: ignore[arg-type]  # all that it asks of a database
    changed = await twice.change(stage.scope, BUYER, expected=1, by=WHO)
    assert changed.agent.version == 2
    await twice.archive(stage.scope, "buyer", by=WHO)
    assert len(await agents.versions(stage.scope, "buyer")) == 2


async def test_an_organisation_has_so_many_agents_at_most(
    stage: Stage, agents: PostgresAgents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.agents.MOST_AGENTS", 1)
    await agents.create(stage.scope, BUYER, by=WHO)
    another = BUYER.model_copy(update={"name": "seller"})
    assert await code_of(agents.create(stage.scope, another, by=WHO)) == "agents_full"
