"""The stack's Postgres for these tests; spaces and conversations are each test's own."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.engine import make_url

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
from local.paths import Folder
from local.postgres import SUPERUSER
from local.stack import Stack
from tests.store.stage import Stage


@pytest.fixture(scope="session")
def urls(stack: Stack) -> dict[str, str]:
    """Addresses of the stack's database, by role, as the driver itself takes them."""
    owner = make_url(stack.database_owner_url).set(drivername="postgresql")
    secret = Folder.made(stack.folder).secret(f"postgres-{SUPERUSER}")
    found = {
        "owner": owner,
        "app": make_url(stack.database_url).set(drivername="postgresql"),
        "superuser": owner.set(username=SUPERUSER, password=secret),
    }
    return {name: url.render_as_string(hide_password=False) for name, url in found.items()}


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
