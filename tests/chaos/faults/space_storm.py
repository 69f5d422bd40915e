"""Transactions of many spaces that share few connections, many of which end badly."""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import uvloop
from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass
from sqlalchemy import text

from adapters.store.database import Database
from adapters.store.session import Session
from models.payloads.scope import Scope
from tests.chaos.faults.tenants import Tenant, foreign
from tests.chaos.violation import Violation

PROCESSES = 2  # a core each
CONNECTIONS = 4  # of each process
TASKS = 32  # of each process
LONGEST = 240.0  # seconds
MOST_REPORTED = 50
_OWN = "SELECT space_id, title FROM conversation"
_THEIRS = "SELECT title FROM conversation WHERE space_id = $1"
_OF_NOBODY = """
SELECT title FROM conversation UNION ALL SELECT content FROM message
UNION ALL SELECT title FROM document UNION ALL SELECT id::text FROM space
UNION ALL SELECT user_id::text FROM membership UNION ALL SELECT id::text FROM organisation
"""
_WRITE = "INSERT INTO note (space_id, organisation_id, id, title, body) VALUES ($1, $2, $3, $4, '')"
_TOUCH = "UPDATE conversation SET title = title RETURNING space_id, title"
_STEAL = "UPDATE conversation SET title = $2 WHERE space_id = $1 RETURNING title"
_SLOWLY = "SELECT space_id, title FROM conversation, pg_sleep(0.005)"
# What a careless line of code might do, and what must not outlive its transaction.
_LEAVE_BEHIND = "SELECT set_config('app.space_id', $1, false)"
Way = Callable[[Tenant, Tenant], Awaitable[None]]


class RefusedError(Exception):
    """Raised inside transactions, as a defect of ours would be."""


@dataclass(frozen=True)
class Order:
    """What one process does. `url` is the application's role's, as the product has it."""

    url: str
    tenants: list[Tenant]
    transactions: int
    seed: int


@dataclass(frozen=True)
class Result:
    transactions: int
    violations: list[Violation]


_ORDER = TypeAdapter(Order)
_RESULT = TypeAdapter(Result)


async def blow(url: str, tenants: Sequence[Tenant], transactions: int, seed: int) -> Result:
    """Run so many, by processes of their own."""
    share = -(-transactions // PROCESSES)
    orders = [Order(url, list(tenants), share, seed + number) for number in range(PROCESSES)]
    parts = await asyncio.gather(*map(_sent_out, orders))
    return Result(
        sum(part.transactions for part in parts),
        [violation for part in parts for violation in part.violations],
    )


async def _sent_out(order: Order) -> Result:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.faults.space_storm",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST):
            output, _ = await child.communicate(_ORDER.dump_json(order))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise ChildProcessError(f"a storm ended with exit code {child.returncode}")
    return _RESULT.validate_json(output)


class Storm:
    """Asks through the product's own `Database`, as the application's role."""

    def __init__(self, url: str, tenants: Sequence[Tenant], chance: random.Random) -> None:
        self.violations: list[Violation] = []
        self.counts: Counter[str] = Counter()
        self._database = Database(url, pool_size=CONNECTIONS)
        self._tenants = list(tenants)
        self._chance = chance
        self._left = 0
        self._ways: dict[str, tuple[int, Way]] = {
            "own": (30, self._own),
            "through SQLAlchemy": (10, self._mapped),
            "theirs by name": (10, self._theirs),
            "no space": (10, self._nobody),
            "write to theirs": (8, self._written),
            "touch all": (6, self._touched),
            "steal": (6, self._stolen),
            "error": (6, self._broken),
            "raise after a write": (6, self._raised),
            "cancelled": (4, self._cancelled),
            "commit inside": (2, self._committed),
            "left behind": (2, self._left_behind),
        }

    async def run(self, transactions: int) -> None:
        self._left = transactions
        try:
            await asyncio.gather(*(self._go_on() for _ in range(TASKS)))
        finally:
            await self._database.close()

    async def _go_on(self) -> None:
        names = list(self._ways)
        weights = [weight for weight, _ in self._ways.values()]
        while self._left > 0:
            self._left -= 1
            name = self._chance.choices(names, weights)[0]
            me, other = self._chance.sample(self._tenants, 2)
            await self._ways[name][1](me, other)
            self.counts[name] += 1

    def _wrong(self, way: str, me: Tenant | None, what: str) -> None:
        if len(self.violations) < MOST_REPORTED:
            who = "nobody" if me is None else f"space {me.scope.space_id}"
            self.violations.append(Violation("I4", f"{who}, {way}", what))

    def _judge(self, way: str, me: Tenant, rows: Sequence[Any]) -> None:
        """All of one's own, and nothing else."""
        for mark in foreign(" ".join(row["title"] for row in rows), me):
            self._wrong(way, me, f"sees {mark}")
        if {row["space_id"] for row in rows} != {me.scope.space_id}:
            self._wrong(way, me, f"sees spaces {[str(row['space_id']) for row in rows]}")
        elif len(rows) != len(me.conversations):
            self._wrong(way, me, f"sees {len(rows)} of its {len(me.conversations)} rows")

    async def _own(self, me: Tenant, _: Tenant) -> None:
        async def work(session: Session) -> Sequence[Any]:
            return await session.fetch(_OWN)

        self._judge("own", me, await self._database.run(me.scope, work))

    async def _mapped(self, me: Tenant, _: Tenant) -> None:
        async def work(session: Session) -> Sequence[Any]:
            return (await session.execute(text(_OWN))).mappings().all()

        self._judge("through SQLAlchemy", me, await self._database.run(me.scope, work))

    async def _theirs(self, me: Tenant, other: Tenant) -> None:
        async def work(session: Session) -> Sequence[Any]:
            return await session.fetch(_THEIRS, other.scope.space_id)

        if rows := await self._database.run(me.scope, work):
            self._wrong("theirs by name", me, f"sees {rows}")

    async def _nobody(self, _me: Tenant, _other: Tenant) -> None:
        async def work(session: Session) -> Sequence[Any]:
            return await session.fetch(_OF_NOBODY)

        if rows := await self._database.run(None, work):
            self._wrong("no space", None, f"sees {len(rows)} rows: {rows[:3]}")

    async def _written(self, me: Tenant, other: Tenant) -> None:
        async def work(session: Session) -> None:
            await session.fetch(_WRITE, *_of(other.scope), uuid4(), me.mark)

        try:
            await self._database.run(me.scope, work)
        except asyncpg.InsufficientPrivilegeError:
            return
        self._wrong("write to theirs", me, f"wrote into {other.scope.space_id}")

    async def _touched(self, me: Tenant, _: Tenant) -> None:
        async def work(session: Session) -> Sequence[Any]:
            return await session.fetch(_TOUCH)

        self._judge("touch all", me, await self._database.run(me.scope, work))

    async def _stolen(self, me: Tenant, other: Tenant) -> None:
        async def work(session: Session) -> Sequence[Any]:
            return await session.fetch(_STEAL, other.scope.space_id, me.mark)

        if rows := await self._database.run(me.scope, work):
            self._wrong("steal", me, f"renamed {rows}")

    async def _broken(self, me: Tenant, _: Tenant) -> None:
        async def work(session: Session) -> None:
            await session.fetch("SELECT 1 / 0")

        with suppress(asyncpg.DivisionByZeroError):
            await self._database.run(me.scope, work)
            self._wrong("error", me, "divided by zero")

    async def _raised(self, me: Tenant, _: Tenant) -> None:
        async def work(session: Session) -> None:
            await session.fetch(_WRITE, *_of(me.scope), uuid4(), me.mark)
            raise RefusedError

        with suppress(RefusedError):
            await self._database.run(me.scope, work)

    async def _cancelled(self, me: Tenant, _: Tenant) -> None:
        async def work(session: Session) -> Sequence[Any]:
            return await session.fetch(_SLOWLY)

        task = asyncio.create_task(self._database.run(me.scope, work))
        await asyncio.wait({task}, timeout=self._chance.uniform(0.0, 0.02))
        task.cancel()
        with suppress(asyncio.CancelledError):
            self._judge("cancelled", me, await task)

    async def _committed(self, me: Tenant, _: Tenant) -> None:
        """A COMMIT in the middle leaves the space: from there on nothing is seen."""

        async def work(session: Session) -> Sequence[Any]:
            await session.fetch("COMMIT")
            return await session.fetch(_OWN)

        if rows := await self._database.run(me.scope, work):
            self._wrong("commit inside", me, f"sees {len(rows)} rows behind its commit")

    async def _left_behind(self, me: Tenant, other: Tenant) -> None:
        """A setting of the session's, for whoever gets the connection next."""

        async def work(session: Session) -> None:
            await session.fetch(_LEAVE_BEHIND, str(other.scope.space_id))

        await self._database.run(me.scope, work)


def _of(scope: Scope) -> tuple[object, object]:
    return scope.space_id, scope.organisation_id


async def _main(order: Order) -> Result:
    chance = random.Random(order.seed)  # noqa: S311 - a seed makes a run repeatable
    storm = Storm(order.url, order.tenants, chance)
    await storm.run(order.transactions)
    return Result(sum(storm.counts.values()), storm.violations)


if __name__ == "__main__":
    told = uvloop.run(_main(_ORDER.validate_json(sys.stdin.buffer.read())))
    os.write(sys.stdout.fileno(), _RESULT.dump_json(told))
