"""Bring the database's tables up to date, or back."""

import asyncio
import os

from sqlalchemy.exc import SQLAlchemyError

from cli.failure import CliError
from cli.place import stack
from migrations import run as migrations

ONE_BACK = "-1"


def run(direction: str) -> None:
    """`up`, `down` by one step, or `status`; says where the database then is."""
    asyncio.run(_run(direction, _owner_url()))


async def _run(direction: str, url: str) -> None:
    before = await _reached(url)
    if direction == "up":
        await migrations.upgrade(url)
    elif direction == "down":
        if before is None:
            raise CliError("The database is empty: there is nothing to take back.")
        await migrations.downgrade(url, revision=ONE_BACK)
    after, newest = await migrations.current(url), migrations.head()
    if direction == "status":
        state = "up to date" if after == newest else "run `holdfast migrate`"
        print(f"database: {after or 'empty'}, newest: {newest}: {state}")
    elif before == after:
        print(f"database: {after or 'empty'}: nothing to do")
    else:
        print(f"database: {before or 'empty'} → {after or 'empty'}")


async def _reached(url: str) -> str | None:
    try:
        return await migrations.current(url)
    except (OSError, SQLAlchemyError) as error:
        cause = str(getattr(error, "orig", error)).splitlines()[0]
        raise CliError(
            f"The database cannot be reached: {cause}", "`holdfast doctor` looks closer."
        ) from error


def _owner_url() -> str:
    url = os.environ.get(migrations.OWNER_URL_VARIABLE) or stack().get("database_owner_url")
    if not url:
        raise CliError(
            "No database: no stack runs here.",
            f"Start one with `make run`, or set {migrations.OWNER_URL_VARIABLE}.",
        )
    return str(url)
