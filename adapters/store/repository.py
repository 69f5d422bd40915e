"""What every repository starts from: statements that name their space, besides row security."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, select, tuple_, update
from sqlmodel import SQLModel

from adapters.store.cursor import read_moment
from adapters.store.database import Database
from adapters.store.session import Session
from models.errors import UnavailableError
from models.payloads.scope import Scope
from models.tables.base import table

Result = TypeVar("Result")

# A restart of Postgres takes a few seconds. Three such waits fit what an activity of a tool may
# take beyond the tool itself.
PATIENCE = 8.0  # seconds
# `Database.run` has tried for 1.5 s before.
PAUSE = 0.5  # seconds


def inside(scope: Scope, row: type[SQLModel]) -> ColumnElement[bool]:
    """The filter that each statement carries."""
    return table(row).c.space_id == scope.space_id


def select_rows(
    scope: Scope, row: type[SQLModel], *columns: ColumnElement[Any]
) -> Select[tuple[Any, ...]]:
    """The given columns of a table's rows, or all, in this space alone."""
    return select(*(columns or table(row).c)).where(inside(scope, row))


def newest_first(
    scope: Scope,
    row: type[SQLModel],
    *filters: ColumnElement[bool],
    limit: int,
    cursor: str | None,
) -> Select[tuple[Any, ...]]:
    """A page's rows and one more; for tables with `created_at` and `id`. InvalidError
    ("cursor_invalid")."""
    columns = table(row).c
    statement = select_rows(scope, row).where(*filters)
    if cursor is not None:
        place = tuple_(columns.created_at, columns.id)
        statement = statement.where(place < tuple_(*read_moment(cursor)))
    return statement.order_by(columns.created_at.desc(), columns.id.desc()).limit(limit + 1)


def update_rows(scope: Scope, row: type[SQLModel]) -> Update:
    return update(table(row)).where(inside(scope, row))


def delete_rows(scope: Scope, row: type[SQLModel]) -> Delete:
    return delete(table(row)).where(inside(scope, row))


_LOCK_ORGANISATION = "SELECT FROM organisation WHERE id = $1 FOR NO KEY UPDATE"


async def lock_organisation(session: Session) -> None:
    """One change after the other of what a whole organisation shares: its policy, how many agents
    and servers it may have, and circles of agents, which span several of them."""
    await session.fetch(_LOCK_ORGANISATION, session.scope.organisation_id)


class Repository:
    """Statements in plain SQL take the space as their first value, `$1`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _run(self, scope: Scope, work: Callable[[Session], Awaitable[Result]]) -> Result:
        """One transaction in the space, run again when its connection is lost."""
        return await self._database.run(scope, work)

    async def _run_patiently(
        self, scope: Scope, work: Callable[[Session], Awaitable[Result]]
    ) -> Result:
        """The same, on through a restart of the database: for what nobody would do again. A call
        with side effects has one attempt, and its keys make it safe to ask again here."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while True:
            try:
                return await self._run(scope, work)
            except UnavailableError:
                if loop.time() > until:
                    raise
            await asyncio.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
