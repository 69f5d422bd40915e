"""Postgres: reachable, migrated, and shut between spaces."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from cli.checks.finding import Addresses, CheckFailedError, NotReachedError

CONNECT_SECONDS = 8.0
START = "`make run` starts one; `holdfast dev up postgres` if it was taken down."

_VECTOR = text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
_ROLE = text("""
SELECT rolname, rolsuper OR rolbypassrls AS exempt,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relowner = r.oid) AS owns
FROM pg_roles r WHERE rolname = current_user
""")
# Every table of ours but Alembic's own: rows of all belong to a space or an organisation.
_OPEN = text("""
SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> 'alembic_version'
  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
ORDER BY relname
""")


async def postgres(where: Addresses) -> str:
    """Reachable, with pgvector."""
    async with _connected(where.database or where.owner) as connection:
        number = await connection.scalar(text("SHOW server_version"))
        vector = await connection.scalar(_VECTOR)
    if vector is None:
        raise CheckFailedError(f"{number} without pgvector", "Run `holdfast migrate`.")
    return f"{number}, pgvector {vector}"


async def migrations(where: Addresses) -> str:
    """At the newest revision that this code has."""
    from migrations import run  # noqa: PLC0415 - it brings SQLAlchemy along

    if not where.owner:
        return "not looked at: the owner's URL is not known (HOLDFAST_DATABASE_OWNER_URL)"
    with _reaching():
        at = await run.current(where.owner)
    newest = run.head()
    if at != newest:
        raise CheckFailedError(
            f"the database is at {at or 'nothing'}, the code at {newest}", "Run `holdfast migrate`."
        )
    return f"at {at}"


async def row_security(where: Addresses) -> str:
    """Forced on every table, under a role that cannot step around it."""
    async with _connected(where.database) as connection:
        role = (await connection.execute(_ROLE)).mappings().one()
        unguarded = list((await connection.scalars(_OPEN)).all())
    if role["exempt"] or role["owns"]:
        why = "is exempt from row-level security" if role["exempt"] else "owns the tables"
        raise CheckFailedError(
            f"the role {role['rolname']} {why}",
            "Let HOLDFAST_DATABASE_URL name the application's role, not the owner.",
        )
    if unguarded:
        raise CheckFailedError(
            f"not forced on {', '.join(unguarded)}",
            "Run `holdfast migrate`; if it stays, a migration forgot `isolate`.",
        )
    return f"forced; {role['rolname']} owns nothing"


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    if not url:
        raise CheckFailedError("no address is known", START)
    with _reaching():
        engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            poolclass=NullPool,
            connect_args={"timeout": CONNECT_SECONDS},
        )
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()


@contextmanager
def _reaching() -> Iterator[None]:
    """Name what keeps us from the database."""
    try:
        yield
    except ArgumentError as error:
        raise CheckFailedError("the URL cannot be read", "Write postgresql://…") from error
    except DBAPIError as error:
        cause = next(iter(str(error.orig).splitlines()), type(error.orig).__name__)
        raise NotReachedError(cause, "Do the user and its password fit the URL?") from error
    except OSError as error:
        raise NotReachedError(
            f"cannot be reached: {str(error) or type(error).__name__}", START
        ) from error
