"""Run a model's SELECT where it can do no harm: as a role that reads some columns of one space."""

import asyncio
from datetime import timedelta
from typing import Final

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from adapters.space_tables.offered import SCHEMA, TABLES
from adapters.space_tables.statement import checked, invalid
from adapters.store.database import Database
from adapters.store.session import Session
from domain.ports.space_tables import Rows
from models.errors import LimitError, UnavailableError
from models.payloads.scope import Scope

# More is no answer to a question, and fills a model's window.
MOST_ROWS: Final = 100
MOST_COLUMNS: Final = 30
CELL_CHARACTERS: Final = 500
WITHIN: Final = timedelta(seconds=3)
# Statements that somebody else wrote share four connections of a process, and block no turn's.
CONNECTIONS: Final = 4
# What the transaction wrote to enter its space is rolled back with it. Parallel workers would take
# the cores that turns wait for.
_LIMITS: Final = (
    "SET TRANSACTION READ ONLY; SET LOCAL search_path = pg_catalog;"
    " SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL statement_timeout = {}"
)
# Classes of errors that a statement's own words make: data, cardinality, syntax, complexity, and
# features that there are not.
_ITS_OWN: Final = ("0A", "21", "22", "42", "54")


class PostgresSpaceTables:
    """Implements `domain.ports.space_tables.SpaceTables`. Belongs to one event loop."""

    schema = "\n".join(TABLES.values())

    def __init__(self, database: Database | None, *, within: timedelta = WITHIN) -> None:
        """The database as the role `holdfast_reader`; None where this deployment has none."""
        self._database = database
        self._within = within

    async def query(self, scope: Scope, sql: str) -> Rows:
        # A long one takes 85 ms of CPU: other turns go on meanwhile.
        statement = await asyncio.to_thread(checked, sql)
        if self._database is None:
            raise UnavailableError(
                "This deployment lets nobody ask its tables: its operator has to set the reader's"
                " database address.",
                code="not_configured",
                retryable=False,
            )
        async with self._database.transaction(scope) as session:
            await session.fetch(f"SELECT {SCHEMA}.enter($1)", scope.space_id)
            await session.set_limits(_LIMITS.format(int(self._within / timedelta(milliseconds=1))))
            try:
                return await _rows(session, statement)
            except asyncpg.QueryCanceledError:
                raise LimitError(
                    f"It takes longer than {self._within.total_seconds():g} s: ask for less.",
                    code="sql_time",
                ) from None
            except asyncpg.PostgresError as error:
                if not str(error.sqlstate).startswith(_ITS_OWN):
                    raise
                raise invalid(f"{error.message}") from None
            finally:
                await session.roll_back()


async def _rows(session: Session, statement: str) -> Rows:
    header = await session.columns(statement)
    if not 0 < len(header) <= MOST_COLUMNS:
        raise invalid(f"Select between 1 and {MOST_COLUMNS} columns.")
    places = [f"c{place}" for place in range(len(header))]
    # By place: names may come twice. As text, cut by Postgres: no value is too long for us.
    texts = ", ".join(f"left({place}::text, {CELL_CHARACTERS + 1})" for place in places)
    found = await session.fetch(
        f"SELECT {texts} FROM ({statement}) AS q({', '.join(places)}) LIMIT {MOST_ROWS + 1}"  # noqa: S608 - judged
    )
    return Rows(
        header=tuple(header),
        rows=[tuple(map(_cell, row)) for row in found[:MOST_ROWS]],
        cut=len(found) > MOST_ROWS,
    )


def _cell(value: str | None) -> str | None:
    if value is None or len(value) <= CELL_CHARACTERS:
        return value
    return value[:CELL_CHARACTERS] + "…"
