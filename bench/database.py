"""A database of its own for each peer, in the stack's Postgres."""

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from bench.place import Place


async def fresh(place: Place, name: str) -> str:
    """Its address, `postgresql://…`; what an earlier run left is dropped."""
    owner = place.stack.database_owner_url.replace("+asyncpg", "")
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return f"{owner.rpartition('/')[0]}/{name}"
