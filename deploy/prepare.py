"""Prepare a deployment: the database's roles, the schema, Temporal's search attributes."""

import asyncio
import os
import sys
from secrets import token_urlsafe

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from local.attributes import register
from migrations.asking import READER
from migrations.run import APPLICATION_ROLE, upgrade


async def _role(owner_url: str, role: str, password: str) -> None:
    """Make a role that owns nothing and bypasses nothing."""
    engine = create_async_engine(make_url(owner_url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            quoted = await connection.scalar(
                text("SELECT quote_literal(cast(:password as text))"), {"password": password}
            )
            known = await connection.scalar(
                text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}
            )
            verb = "ALTER" if known else "CREATE"
            # These cannot be parameters: the name is a constant of ours, the password quoted.
            await connection.execute(
                text(f"{verb} ROLE {role} LOGIN NOBYPASSRLS PASSWORD {quoted}")
            )
            await connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    finally:
        await engine.dispose()


async def prepare() -> None:
    owner_url = os.environ["HOLDFAST_DATABASE_OWNER_URL"]
    await _role(owner_url, APPLICATION_ROLE, os.environ["HOLDFAST_APP_PASSWORD"])
    # Nobody signs in as the reader where none is set: agents then ask no tables.
    await _role(owner_url, READER, os.environ.get("HOLDFAST_READER_PASSWORD") or token_urlsafe())
    await upgrade(owner_url)
    await register(
        os.environ.get("HOLDFAST_TEMPORAL__ADDRESS", "127.0.0.1:7233"),
        os.environ.get("HOLDFAST_TEMPORAL__NAMESPACE", "default"),
    )


if __name__ == "__main__":
    asyncio.run(prepare())
    sys.stdout.write("prepared\n")
    sys.stdout.flush()
    os._exit(0)  # the Temporal client's runtime may crash in its own clean-up; nothing is left
