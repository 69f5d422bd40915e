"""One Postgres for these tests, migrated; spaces and conversations are each test's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.store.approvals import PostgresApprovals
from adapters.store.conversations import PostgresConversations
from adapters.store.database import Database
from adapters.store.events import PostgresStoredEvents
from adapters.store.notices import PostgresNotices
from adapters.store.sessions import PostgresSessions
from adapters.store.spaces import PostgresSpaces
from adapters.store.tool_calls import PostgresToolCalls
from adapters.store.transcript import PostgresTranscript
from adapters.store.turns import PostgresTurns
from migrations import run
from tests.store.server import HOST, ROLES, postgres
from tests.store.stage import Stage


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    with postgres() as port:
        yield port


@pytest.fixture(scope="session")
async def urls(port: int) -> dict[str, str]:
    """Addresses of the migrated database, by role."""
    address = f"{HOST}:{port}"
    template = await _connected(f"postgresql://postgres@{address}/template1")
    await template.execute("CREATE EXTENSION vector")
    await template.execute(ROLES)
    await template.close()
    server = await asyncpg.connect(f"postgresql://postgres@{address}/postgres")
    await server.execute("CREATE DATABASE holdfast OWNER holdfast_owner")
    await server.close()
    roles = {"owner": "holdfast_owner", "app": "holdfast_app", "superuser": "postgres"}
    found = {name: f"postgresql://{role}@{address}/holdfast" for name, role in roles.items()}
    await run.upgrade(found["owner"])
    return found


async def _connected(url: str) -> Any:  # noqa: ANN401 - asyncpg has no types
    """The first connection: a server that listens may still be starting."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await asyncpg.connect(url)
            except asyncpg.CannotConnectNowError:
                await asyncio.sleep(0.05)


@pytest.fixture(scope="session")
async def database(urls: dict[str, str]) -> AsyncIterator[Database]:
    database = Database(urls["app"])
    yield database
    await database.close()


@pytest.fixture
async def stage(database: Database, urls: dict[str, str]) -> Stage:
    """A space with one conversation in it, and the ports over it."""
    stage = Stage(
        database=database,
        urls=urls,
        spaces=PostgresSpaces(database),
        conversations=PostgresConversations(database),
        turns=PostgresTurns(database),
        transcript=PostgresTranscript(database),
        calls=PostgresToolCalls(database),
        notices=PostgresNotices(database),
        events=PostgresStoredEvents(database),
        approvals=PostgresApprovals(database),
        sessions=PostgresSessions(database),
    )
    await stage.enter()
    return stage
