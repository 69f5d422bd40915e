"""Migrations: up, down, up again, and in step with the tables."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.store.audit import PostgresAudit
from adapters.store.database import Database
from migrations import run
from models.payloads.scope import Scope


@pytest.fixture
async def empty(urls: dict[str, str]) -> AsyncIterator[str]:
    """Another database on the same server."""
    server = await asyncpg.connect(urls["superuser"])
    await server.execute("DROP DATABASE IF EXISTS migrated")
    await server.execute("CREATE DATABASE migrated OWNER holdfast_owner")
    yield urls["owner"].removesuffix("holdfast") + "migrated"
    await server.execute("DROP DATABASE migrated WITH (FORCE)")
    await server.close()


async def left(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relname NOT LIKE 'alembic%' UNION ALL SELECT proname FROM pg_proc "
            "WHERE pronamespace = 'public'::regnamespace AND probin IS NULL AND prolang <> 13 "
            "AND proowner = 'holdfast_owner'::regrole"
        )
    finally:
        await connection.close()
    return [row["name"] for row in rows]


async def test_the_schema_goes_up_down_and_up_again(empty: str) -> None:
    assert await run.current(empty) is None
    for _ in range(2):
        await run.upgrade(empty)
        assert await run.current(empty) == run.head()
        await run.upgrade(empty)
        await run.downgrade(empty)
        assert await run.current(empty) is None
        assert await left(empty) == []


async def test_the_command_line_migrates_and_checks(empty: str) -> None:
    async def said(command: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "migrations.run",
            command,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, run.OWNER_URL_VARIABLE: empty},
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    assert await said("upgrade") == (0, "")
    code, text = await said("check")
    assert code == 0, text
    assert run.main(["sideways"]) == 2


async def test_tables_and_migrations_say_the_same(urls: dict[str, str]) -> None:
    assert await run.differences(urls["owner"]) == []


async def test_entries_from_before_the_seals_are_sealed_and_all_goes_down_again(
    empty: str, urls: dict[str, str]
) -> None:
    await run.upgrade(empty, revision="0010")
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    superuser = urls["superuser"].removesuffix("holdfast") + "migrated"
    connection = await asyncpg.connect(superuser)
    try:
        for number in range(3):
            await connection.execute(
                "INSERT INTO audit (space_id, organisation_id, id, action, subject_id, details)"
                " VALUES ($1, $2, $3, $4, $3, '{}')",
                scope.space_id,
                scope.organisation_id,
                uuid4(),
                f"old.{number}",
            )
        await run.upgrade(empty)
        database = Database(urls["app"].removesuffix("holdfast") + "migrated")
        try:
            audit = PostgresAudit(database)
            await audit.record(scope, "new", uuid4(), by=None, details={})
            page = await audit.page(scope, limit=10, cursor=None)
            breaks = await audit.verify(scope)
        finally:
            await database.close()
    finally:
        await connection.close()
    await run.downgrade(empty, revision="0010")

    assert [entry.action for entry in page.items] == ["new", "old.2", "old.1", "old.0"]
    assert breaks == []
