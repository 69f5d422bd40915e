"""Policies, safety and budgets in Postgres."""

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest

from adapters.store.allowances import PostgresAllowances
from adapters.store.policies import PostgresPolicies
from adapters.store.usage import PostgresUsage
from domain.policy import SHIPPED
from domain.ports.policies import Budget, Holder
from domain.ports.transcript import UsageEntry
from models.errors import ConflictError
from models.payloads.chat import Usage
from models.payloads.policy import Policy, Rule, Ruling
from models.payloads.safety import OnMalicious, Private, Safety
from models.payloads.scope import Scope
from tests.store.stage import Stage

STRICT = Policy(rules=(Rule(name="no notes", ruling=Ruling.DENY, tools=("publish_note",)),))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_organisation_without_a_policy_has_the_one_that_ships(stage: Stage) -> None:
    policies = PostgresPolicies(stage.database)
    assert await policies.get(stage.scope) == SHIPPED
    assert [one.policy for one in await policies.versions(stage.scope)] == [SHIPPED]


async def test_each_change_of_a_policy_is_a_version_with_its_author(stage: Stage) -> None:
    policies, by = PostgresPolicies(stage.database), uuid4()
    first = await policies.put(stage.scope, STRICT, expected=0, by=by, note="a\0b")
    second = await policies.put(stage.scope, Policy(writes=Ruling.DENY), expected=1, by=by)
    assert (first.policy.version, second.policy.version) == (1, 2)
    assert (first.created_by, first.note) == (by, "a\ufffdb")
    assert await policies.get(stage.scope) == second.policy
    found = await policies.versions(stage.scope)
    assert [one.policy.version for one in found] == [2, 1, 0]
    assert found[1].policy.rules == STRICT.rules


async def test_a_change_of_what_is_no_longer_current_is_refused(stage: Stage) -> None:
    policies = PostgresPolicies(stage.database)
    await policies.put(stage.scope, STRICT, expected=None, by=uuid4())
    with pytest.raises(ConflictError) as refused:
        await policies.put(stage.scope, Policy(), expected=0, by=uuid4())
    assert refused.value.code == "policy_changed"


async def test_of_changes_at_once_one_is_made(stage: Stage) -> None:
    policies = PostgresPolicies(stage.database)
    changes = [policies.put(stage.scope, STRICT, expected=0, by=uuid4()) for _ in range(5)]
    ended = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(one, ConflictError) for one in ended) == 4


async def test_another_process_takes_a_new_policy_up_after_some_seconds(stage: Stage) -> None:
    clock = Clock()
    here, there = PostgresPolicies(stage.database), PostgresPolicies(stage.database, clock=clock)
    assert await there.get(stage.scope) == SHIPPED
    await here.put(stage.scope, STRICT, expected=0, by=uuid4())
    assert await there.get(stage.scope) == SHIPPED
    clock.now = 6.0
    assert (await there.get(stage.scope)).rules == STRICT.rules


async def test_a_policy_and_a_safety_stay_in_their_tenant(stage: Stage) -> None:
    policies, other = PostgresPolicies(stage.database), PostgresPolicies(stage.database)
    await policies.put(stage.scope, STRICT, expected=0, by=uuid4())
    await policies.put_safety(stage.scope, Safety(redact=(Private.EMAIL,)), by=uuid4())
    foreign = Scope(organisation_id=uuid4(), space_id=uuid4())
    assert await other.get(foreign) == SHIPPED
    assert await other.safety(foreign) == Safety()
    sibling = stage.scope.model_copy(update={"space_id": uuid4()})
    assert await other.safety(sibling) == Safety()


async def test_the_safety_of_a_space_is_kept_and_audited(stage: Stage) -> None:
    policies = PostgresPolicies(stage.database)
    assert await policies.safety(stage.scope) == Safety()
    told = Safety(redact=(Private.CARD, Private.KEY), on_malicious=OnMalicious.REFUSE)
    await policies.put_safety(stage.scope, told, by=stage.user_id)
    assert await PostgresPolicies(stage.database).safety(stage.scope) == told
    await policies.put(stage.scope, STRICT, expected=0, by=stage.user_id)
    async with stage.database.transaction(stage.scope) as session:
        rows = await session.fetch(
            "SELECT action FROM audit WHERE space_id = $1 ORDER BY sequence", stage.scope.space_id
        )
    assert [row["action"] for row in rows] == ["safety.changed", "policy.changed"]


async def spend(stage: Stage, tokens: int, cost: str, user: object = None) -> None:
    used = Usage(input_tokens=tokens)
    entry = UsageEntry("m", "chat", used, None, Decimal(cost), "v1", agent="a")
    await PostgresUsage(stage.database).record(
        stage.scope,
        uuid4(),
        [entry],
        user_id=user or stage.user_id,  # type: ignore[arg-type]  # an id
    )


async def test_without_a_budget_nothing_is_summed(stage: Stage) -> None:
    await spend(stage, 1_000, "5")
    assert await PostgresAllowances(stage.database).left(stage.scope, stage.user_id) == ()


async def test_a_spaces_budget_counts_everybody_and_a_users_only_theirs(stage: Stage) -> None:
    allowances, by, other = PostgresAllowances(stage.database), uuid4(), uuid4()
    await spend(stage, 1_000, "0.50")
    await spend(stage, 2_000, "0.75", other)
    await allowances.set(stage.scope, Budget(Holder.SPACE, None, 3_000, Decimal(2)), by=by)
    await allowances.set(stage.scope, Budget(Holder.USERS, None, None, Decimal("0.5")), by=by)
    found = {one.name: one for one in await allowances.left(stage.scope, stage.user_id)}
    assert {name: (one.limit, one.spent) for name, one in found.items()} == {
        "space_month_cost": (2, Decimal("1.25")),
        "space_month_tokens": (3_000, 3_000),
        "user_month_cost": (Decimal("0.5"), Decimal("0.5")),
    }
    spent = {name for name, one in found.items() if one.exhausted}
    assert spent == {"space_month_tokens", "user_month_cost"}


async def test_a_users_own_budget_stands_before_that_of_all(stage: Stage) -> None:
    allowances, by = PostgresAllowances(stage.database), uuid4()
    await spend(stage, 1_000, "0")
    await allowances.set(stage.scope, Budget(Holder.USERS, None, 10, None), by=by)
    own = Budget(Holder.USER, stage.user_id, 5_000, None)
    await allowances.set(stage.scope, own, by=by)
    assert not (await allowances.left(stage.scope, stage.user_id))[0].exhausted
    assert (await allowances.left(stage.scope, uuid4()))[0].limit == 10
    kinds = [one.holder for one in await allowances.all(stage.scope)]
    assert kinds == [Holder.USERS, Holder.USER]


async def test_a_budget_without_limits_is_lifted(stage: Stage) -> None:
    allowances, by = PostgresAllowances(stage.database), uuid4()
    await allowances.set(stage.scope, Budget(Holder.SPACE, None, 1, None), by=by)
    await allowances.set(stage.scope, Budget(Holder.SPACE, None, None, None), by=by)
    assert await allowances.left(stage.scope, stage.user_id) == ()
    assert await allowances.all(stage.scope) == []


async def test_what_was_spent_last_month_is_forgiven(stage: Stage) -> None:
    allowances = PostgresAllowances(stage.database)
    await spend(stage, 1_000, "0")
    async with stage.database.transaction(stage.scope) as session:
        await session.fetch(
            "INSERT INTO usage SELECT (u).* FROM (SELECT jsonb_populate_record(u, "
            "jsonb_build_object('id', gen_random_uuid(), 'created_at', now() - interval '32 days'))"
            " AS u FROM usage u WHERE space_id = $1) AS old",
            stage.scope.space_id,
        )
    budget = Budget(Holder.SPACE, None, 5_000, None)
    await allowances.set(stage.scope, budget, by=stage.user_id)
    assert (await allowances.left(stage.scope, stage.user_id))[0].spent == 1_000


async def test_what_is_spent_between_two_questions_is_added_once(stage: Stage) -> None:
    clock = Clock()
    allowances = PostgresAllowances(stage.database, clock=clock)
    budget = Budget(Holder.SPACE, None, 10**9, None)
    await allowances.set(stage.scope, budget, by=stage.user_id)
    seen = []
    await spend(stage, 1_000, "0")
    async with stage.database.transaction(stage.scope) as session:
        # Long enough ago to be summed for good, unless the month has just begun.
        await session.fetch(
            "UPDATE usage SET created_at = greatest(date_trunc('month', now()), "
            "now() - interval '10 minutes') WHERE space_id = $1",
            stage.scope.space_id,
        )
    for _ in range(3):
        clock.now += 11
        seen.append((await allowances.left(stage.scope, stage.user_id))[0].spent)
        await spend(stage, 1_000, "0")
    assert seen == [1_000, 2_000, 3_000]
