"""Usage added up, in Postgres."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from adapters.store.called_runs import called_runs
from adapters.store.database import Database
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.ports.accounts import MOST_GROUPS, By, Group, Sum
from models.errors import UnavailableError
from models.payloads.scope import Scope

# Rows of a space are counted one by one: half a million take a second. A space that has many times
# as many is told to ask for fewer days. Turns are told apart by sorting, in memory for so many;
# and charts leave cores and connections for everything else.
WITHIN: Final = (
    "SET LOCAL statement_timeout = '8s'; SET LOCAL work_mem = '64MB';"
    " SET LOCAL max_parallel_workers_per_gather = 0"
)
AT_ONCE: Final = 2

_SUMS: Final = """count(DISTINCT turn_id) AS turns, count(*) AS requests,
    coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
    coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
    coalesce(sum(cached_tokens), 0)::bigint AS cached_tokens,
    coalesce(sum(cost_usd), 0) AS cost_usd, count(*) FILTER (WHERE cost_usd IS NULL) AS unpriced"""
_CONVERSATION = f"""
SELECT conversation_id <> $2 AS called, {_SUMS} FROM usage
WHERE space_id = $1 AND conversation_id = ANY($3::uuid[]) GROUP BY 1
"""  # noqa: S608 - made of our own parts
_KEYS: Final = {
    By.DAY: "(created_at AT TIME ZONE 'UTC')::date",
    # By bytes: a locale's order takes twice as long.
    By.AGENT: 'agent COLLATE "C"',
    By.MODEL: 'model COLLATE "C"',
    By.USER: "user_id",
}


def _grouped(by: By) -> str:
    order = "1" if by is By.DAY else "cost_usd DESC, 1"
    return f"""
SELECT {_KEYS[by]} AS key, {_SUMS} FROM usage
WHERE space_id = $1 AND created_at >= $2 AND created_at < $3
GROUP BY 1 ORDER BY {order} LIMIT $4
"""  # noqa: S608 - made of our own parts


_GROUPED: Final = {by: _grouped(by) for by in By}
_NOTHING: Final = Sum(0, 0, 0, 0, 0, Decimal(0), 0)


class PostgresAccounts(Repository):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def of_conversation(self, scope: Scope, conversation_id: UUID) -> tuple[Sum, Sum]:
        async def work(session: Session) -> tuple[Sum, Sum]:
            runs = await called_runs(session, conversation_id)
            mine = [conversation_id, *runs]
            rows = await session.fetch(_CONVERSATION, scope.space_id, conversation_id, mine)
            found = {row["called"]: _sum(row) for row in rows}
            called = found.get(True, _NOTHING)
            return _added(found.get(False, _NOTHING), called), called

        return await self._run(scope, work)

    async def grouped(
        self, scope: Scope, since: datetime, until: datetime, by: By
    ) -> Sequence[Group]:
        async def work(session: Session) -> Sequence[Group]:
            await session.set_limits(WITHIN)
            window = since, until, MOST_GROUPS
            try:
                rows = await session.fetch(_GROUPED[by], scope.space_id, *window)
            except asyncpg.QueryCanceledError as error:
                raise UnavailableError("Ask for fewer days.", code="usage_timeout") from error
            return [Group(_key(row["key"]), _sum(row)) for row in rows]

        async with self._places:
            return await self._run(scope, work)


def _key(value: object) -> str | None:
    return None if value is None else str(value)


def _sum(row: Mapping[str, Any]) -> Sum:
    return Sum(
        turns=row["turns"],
        requests=row["requests"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cached_tokens=row["cached_tokens"],
        cost_usd=row["cost_usd"],
        unpriced=row["unpriced"],
    )


def _added(one: Sum, other: Sum) -> Sum:
    return Sum(
        turns=one.turns + other.turns,
        requests=one.requests + other.requests,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
        cost_usd=one.cost_usd + other.cost_usd,
        unpriced=one.unpriced + other.unpriced,
    )
