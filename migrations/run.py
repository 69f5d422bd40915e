"""Bring a database's schema up or down: `python -m migrations.run upgrade|downgrade|check`."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from migrations.tables import metadata

APPLICATION_ROLE = "holdfast_app"
OWNER_URL_VARIABLE = "HOLDFAST_DATABASE_OWNER_URL"
# Whoever comes second waits for the first: the number only has to be ours.
_LOCK = text("SELECT pg_advisory_lock(4711072026)")
_UNLOCK = text("SELECT pg_advisory_unlock(4711072026)")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


async def _with_connection(owner_url: str, work: Callable[[Connection], Any]) -> Any:  # noqa: ANN401 - as the work gives
    """Run the work on one connection of the tables' owner."""
    url = make_url(owner_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            outcome = await connection.run_sync(work)
            await connection.commit()
            return outcome
    finally:
        await engine.dispose()


async def _migrate(owner_url: str, role: str, move: Callable[[Config], None]) -> None:
    def work(connection: Connection) -> None:
        config = _config()
        config.attributes.update(connection=connection, application_role=role)
        connection.execute(_LOCK)
        connection.commit()
        try:
            move(config)
        finally:
            connection.rollback()
            connection.execute(_UNLOCK)

    await _with_connection(owner_url, work)


async def upgrade(
    owner_url: str, *, application_role: str = APPLICATION_ROLE, revision: str = "head"
) -> None:
    """Bring the schema up. The application's role must exist; it is granted what it needs."""
    await _migrate(owner_url, application_role, lambda config: command.upgrade(config, revision))


async def downgrade(
    owner_url: str, *, application_role: str = APPLICATION_ROLE, revision: str = "base"
) -> None:
    """Take the schema down, with its rows."""
    await _migrate(owner_url, application_role, lambda config: command.downgrade(config, revision))


async def current(owner_url: str) -> str | None:
    """The revision that the database is at; None for an empty one."""

    def work(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    revision: str | None = await _with_connection(owner_url, work)
    return revision


def head() -> str | None:
    """The newest revision that this code has."""
    return ScriptDirectory.from_config(_config()).get_current_head()


async def differences(owner_url: str) -> list[Any]:
    """What the tables say and the database does not, or the other way round."""

    def work(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata()))

    found: list[Any] = await _with_connection(owner_url, work)
    return found


async def _check(owner_url: str) -> int:
    at, newest, unlike = await current(owner_url), head(), await differences(owner_url)
    sys.stdout.write(f"database {at}, code {newest}, differences {unlike}\n")
    return int(at != newest or bool(unlike))


def main(arguments: list[str]) -> int:
    """Do what the command line says; 0 when all is well."""
    url = os.environ.get(OWNER_URL_VARIABLE)
    if len(arguments) != 1 or arguments[0] not in {"upgrade", "downgrade", "check"} or not url:
        sys.stderr.write(f"{__doc__}\nSet {OWNER_URL_VARIABLE} to the owner's address.\n")
        return 2
    role = os.environ.get("HOLDFAST_APPLICATION_ROLE", APPLICATION_ROLE)
    match arguments[0]:
        case "upgrade":
            asyncio.run(upgrade(url, application_role=role))
        case "downgrade":
            asyncio.run(downgrade(url, application_role=role))
        case _:
            return asyncio.run(_check(url))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
