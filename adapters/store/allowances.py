"""What is left to spend this month, in Postgres."""

import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson

from adapters.store.database import Database
from adapters.store.kept import Kept
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.spending import NOTHING, Month, Spending, Spent
from adapters.store.trail import record
from domain.ports.policies import Allowance, Budget, Holder
from models.errors import LimitError
from models.payloads.scope import Scope

# A burst may overrun a budget by what it spends in so long.
SECONDS = 10.0
# Users whose allowances a process remembers.
REMEMBERED = 10_000
# Of single users, in one space.
MOST_BUDGETS = 1_000

_OF_USER = """
SELECT m.begins, greatest(m.begins, now() - interval '1 minute') AS cut,
    ARRAY(SELECT json_build_object('holder', holder, 'tokens', tokens, 'cost_usd', cost_usd::text)
        FROM budget WHERE space_id = $1 AND holder IN ('space', 'users', $2)) AS budgets
FROM (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS begins) m
"""
_ALL = """
SELECT holder, tokens, cost_usd FROM budget WHERE space_id = $1
ORDER BY holder <> 'space', holder <> 'users', created_at, holder
"""
_SET = """
INSERT INTO budget (space_id, organisation_id, holder, tokens, cost_usd, updated_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (space_id, holder) DO UPDATE SET tokens = excluded.tokens,
    cost_usd = excluded.cost_usd, updated_by = excluded.updated_by, updated_at = clock_timestamp()
WHERE budget.space_id = $1
"""
_LIFT = "DELETE FROM budget WHERE space_id = $1 AND holder = $2"
# Whoever else sets one waits: their number has a limit.
_COUNT = """
WITH held AS (SELECT FROM space WHERE id = $1 FOR NO KEY UPDATE)
SELECT (SELECT count(*) FROM budget WHERE space_id = $1 AND holder <> $2) AS others FROM held
"""


class PostgresAllowances(Repository):
    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(database)
        self._kept: Kept[tuple[UUID, UUID], Sequence[Allowance]] = Kept(SECONDS, REMEMBERED, clock)
        self._spending = Spending()

    async def left(self, scope: Scope, user_id: UUID) -> Sequence[Allowance]:
        key = scope.space_id, user_id
        kept = self._kept.get(key)
        if kept is not None:
            return kept

        async def work(session: Session) -> Sequence[Allowance]:
            row = await session.first(_OF_USER, scope.space_id, str(user_id))
            assert row is not None  # noqa: S101 - it says the time, at least
            budgets = {budget["holder"]: budget for budget in map(_read, row["budgets"])}
            space = budgets.get(Holder.SPACE)
            user = budgets.get(str(user_id)) or budgets.get(Holder.USERS)
            if space is None and user is None:
                return ()
            month = Month(row["begins"], row["cut"])
            spent = await self._spending.by_user(session, month)
            everybody = Spent(
                sum(one.tokens for one in spent.values()),
                sum((one.cost for one in spent.values()), Decimal(0)),
            )
            own = spent.get(user_id, NOTHING)
            return (*_allowances("space", space, everybody), *_allowances("user", user, own))

        return self._kept.put(key, await self._run(scope, work))

    async def all(self, scope: Scope) -> Sequence[Budget]:
        async def work(session: Session) -> Sequence[Budget]:
            return [_budget(row) for row in await session.fetch(_ALL, scope.space_id)]

        return await self._run(scope, work)

    async def set(self, scope: Scope, budget: Budget, *, by: UUID) -> None:
        holder = str(budget.user_id) if budget.holder is Holder.USER else budget.holder.value
        change = uuid4()

        async def work(session: Session) -> None:
            if budget.tokens is None and budget.cost is None:
                await session.fetch(_LIFT, scope.space_id, holder)
            else:
                await _admit(session, scope, holder)
                await session.fetch(
                    *(_SET, scope.space_id, scope.organisation_id, holder),
                    *(budget.tokens, budget.cost, by),
                )
            cost = None if budget.cost is None else str(budget.cost)
            details = {"holder": holder, "tokens": budget.tokens, "cost_usd": cost}
            subject = budget.user_id or scope.space_id
            await record(session, change, "budget.changed", subject, by=by, details=details)

        await self._run(scope, work)
        # Others than this user may be meant.
        self._kept.clear()


async def _admit(session: Session, scope: Scope, holder: str) -> None:
    row = await session.first(_COUNT, scope.space_id, holder)
    if row is not None and row["others"] >= MOST_BUDGETS + 2:
        raise LimitError(
            f"A space has budgets for {MOST_BUDGETS} users at most.", code="budgets_full"
        )


def _read(budget: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """The driver gives what stands in an array of JSON as text."""
    return orjson.loads(budget) if isinstance(budget, str) else budget


def _allowances(whose: str, budget: Mapping[str, Any] | None, spent: Spent) -> Sequence[Allowance]:
    if budget is None:
        return ()
    found = []
    if budget["cost_usd"] is not None:
        limit = Decimal(budget["cost_usd"])
        found.append(Allowance(f"{whose}_month_cost", limit, spent.cost))
    if budget["tokens"] is not None:
        limit = Decimal(budget["tokens"])
        found.append(Allowance(f"{whose}_month_tokens", limit, Decimal(spent.tokens)))
    return found


def _budget(row: Mapping[str, Any]) -> Budget:
    single = row["holder"] not in {Holder.SPACE, Holder.USERS}
    return Budget(
        holder=Holder.USER if single else Holder(row["holder"]),
        user_id=UUID(row["holder"]) if single else None,
        tokens=row["tokens"],
        cost=row["cost_usd"],
    )
