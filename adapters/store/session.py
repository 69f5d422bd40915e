"""A transaction inside one space."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakSet

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.store.failure import repeatable
from models.payloads.scope import Scope

# Whatever was left on the connection is wiped: behind this transaction's end stands no space.
_NOWHERE = "BEGIN; SET app.space_id = ''; SET app.organisation_id = ''"
# Sets what row-level security compares with, until the transaction ends.
_BEGIN = (
    _NOWHERE
    + "; SET LOCAL app.space_id = '{space}'; SET LOCAL app.organisation_id = '{organisation}'"
)
# A search's statements see one moment, and reach rows by their indexes alone: a scan of a table
# would pass over other spaces' rows, and take the longer the more of them there are. Bitmaps and
# memoizing cost more than they spare in a scan of all codes (tens of milliseconds in a large
# space); further processes would take the cores that other searches wait for; and pages of an
# index that lie side by side, as a space's codes do, are not random ones.
_SNAPSHOT = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL enable_seqscan = off;"
    " SET LOCAL enable_bitmapscan = off; SET LOCAL enable_memoize = off;"
    " SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL random_page_cost = 1"
)
_SCHEMA = """
SELECT n.nspname AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'vector'
"""
# Connections that have learnt to take vectors.
_taught: WeakSet[Any] = WeakSet()


@dataclass(frozen=True, slots=True)
class Link:
    """A connection as SQLAlchemy has it, and as asyncpg does."""

    connection: AsyncConnection
    driver: Any

    @classmethod
    async def of(cls, connection: AsyncConnection) -> "Link":
        return cls(connection, (await connection.get_raw_connection()).driver_connection)


class Session:
    """Built by `Database.transaction` alone."""

    def __init__(self, link: Link, scope: Scope | None) -> None:
        self._connection = link.connection
        self._driver = link.driver
        self._scope = scope

    @classmethod
    async def begin(cls, link: Link, scope: Scope | None) -> "Session":
        """Open the transaction and enter the space, in one round trip."""
        session = cls(link, scope)
        # Both are UUID objects, so nothing but hexadecimal digits goes into the text.
        command = (
            _NOWHERE
            if scope is None
            else _BEGIN.format(
                space=UUID(int=scope.space_id.int), organisation=UUID(int=scope.organisation_id.int)
            )
        )
        await session._command(command)
        return session

    @property
    def scope(self) -> Scope:
        if self._scope is None:
            raise RuntimeError("This transaction is in no space.")
        return self._scope

    async def execute(
        self,
        statement: Executable,
        parameters: Any = None,  # noqa: ANN401 - SQLAlchemy's own
    ) -> CursorResult[Any]:
        """Run a statement of SQLAlchemy's; several sets of parameters run it for each."""
        return await self._connection.execute(statement, parameters)

    async def fetch(self, sql: str, *values: object) -> Sequence[Any]:
        """Run SQL with `$1…` as it stands: a third of the cost, for hot paths. jsonb goes in as
        text and comes out decoded."""
        try:
            rows: Sequence[Any] = await self._driver.fetch(sql, *values)
        except Exception as error:
            await self._drop_when_lost(error)
            raise
        return rows

    async def plan(self, sql: str) -> None:
        """Plan a statement of ours with `$1…`, and run nothing."""
        await self._command(f"EXPLAIN (GENERIC_PLAN) {sql}")

    async def first(self, sql: str, *values: object) -> Any | None:  # noqa: ANN401 - a driver's record
        """The first row of `fetch`, or None."""
        rows = await self.fetch(sql, *values)
        return rows[0] if rows else None

    async def snapshot(self) -> None:
        """From here on read one moment, by index. Before the transaction's first statement."""
        await self._command(_SNAPSHOT)

    async def set_limits(self, settings: str) -> None:
        """Run `SET LOCAL …` and its like, for the rest of the transaction."""
        await self._command(settings)

    async def columns(self, sql: str) -> Sequence[str]:
        """The names that a statement's rows will have, found without running it."""
        statement = await self._driver.prepare(sql)
        return [attribute.name for attribute in statement.get_attributes()]

    async def take_vectors(self) -> None:
        """Let the connection take and give `halfvec` in its binary form from now on. As an array
        of numbers a vector is 0.6 ms of work for the driver, as bytes 0.05."""
        if self._driver in _taught:
            return
        schema = await self.first(_SCHEMA)
        if schema is None:
            raise RuntimeError("The extension `vector` is not installed.")
        await self._driver.set_type_codec(
            "halfvec", schema=schema["name"], encoder=bytes, decoder=bytes, format="binary"
        )
        _taught.add(self._driver)

    async def commit(self) -> None:
        await self._command("COMMIT")

    async def roll_back(self) -> None:
        """Whatever goes wrong here, the connection is not used again."""
        with suppress(Exception):
            try:
                await self._driver.execute("ROLLBACK")
            except Exception:
                await self._connection.invalidate()
                raise

    async def _command(self, text: str) -> None:
        try:
            await self._driver.execute(text)
        except BaseException as error:
            await self._drop_when_lost(error)
            raise

    async def _drop_when_lost(self, error: BaseException) -> None:
        """A connection in an unknown state must not return to the pool."""
        if not isinstance(error, Exception) or repeatable(error):
            with suppress(Exception):
                await self._connection.invalidate()
