"""A real Postgres with the whole schema, for this folder's tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest

from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from migrations import run as migrations
from models.payloads.scope import Scope
from tests.knowledge.material import a_scope
from tests.store import server

NewSpace = Callable[[], Awaitable[Scope]]


@asynccontextmanager
async def _superuser(port: int, database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        host=server.HOST, port=port, user="postgres", database=database
    )
    try:
        yield connection
    finally:
        await connection.close()


async def _prepare(port: int) -> None:
    async with _superuser(port, "template1") as connection:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'holdfast_app'")
        if not known:
            await connection.execute(server.ROLES)
    async with _superuser(port, "postgres") as connection:
        await connection.execute("CREATE DATABASE knowledge OWNER holdfast_owner")
    await migrations.upgrade(_url(port, "holdfast_owner"))


def _url(port: int, role: str) -> str:
    return f"postgresql+asyncpg://{role}@{server.HOST}:{port}/knowledge"


@pytest.fixture(scope="session")
def knowledge_postgres() -> Iterator[int]:
    with server.postgres() as port:
        asyncio.run(_prepare(port))
        yield port


@pytest.fixture(scope="session")
def database_url(knowledge_postgres: int) -> str:
    """As the application's role."""
    return _url(knowledge_postgres, "holdfast_app")


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def graph_database(knowledge_postgres: int) -> AsyncIterator[Database]:
    """One whose planner takes the vectors' graph wherever it can: few rows would be sorted."""
    change = "ALTER ROLE holdfast_app IN DATABASE knowledge"
    async with _superuser(knowledge_postgres, "knowledge") as connection:
        await connection.execute(f"{change} SET enable_sort = off")
    database = Database(_url(knowledge_postgres, "holdfast_app"))
    yield database
    await database.close()
    async with _superuser(knowledge_postgres, "knowledge") as connection:
        await connection.execute(f"{change} RESET enable_sort")


@pytest.fixture(scope="session")
def documents(database: Database) -> PostgresDocuments:
    return PostgresDocuments(database, limit=1_000_000)


@pytest.fixture(scope="session")
def passages(database: Database) -> PostgresPassages:
    return PostgresPassages(database)


@pytest.fixture(scope="session")
def new_space(database: Database) -> NewSpace:
    """Make a space of a new organisation."""

    async def make() -> Scope:
        scope = a_scope()
        async with database.transaction(scope) as session:
            await session.fetch("INSERT INTO organisation (id) VALUES ($1)", scope.organisation_id)
            await session.fetch(
                "INSERT INTO space (id, organisation_id) VALUES ($1, $2)",
                *(scope.space_id, scope.organisation_id),
            )
        return scope

    return make


@pytest.fixture
async def space(new_space: NewSpace) -> Scope:
    return await new_space()


async def counted(database: Database, scope: Scope, document_id: UUID) -> dict[str, int]:
    """Rows of a document, as the application's role sees them in the space."""
    async with database.transaction(scope) as session:
        row = await session.first(
            """
            SELECT count(*) AS passages, count(embedding) AS vectors,
                   count(*) FILTER (WHERE searchable) AS searchable,
                   (SELECT count(*) FROM usage WHERE space_id = $1 AND document_id = $2) AS bills
            FROM passage WHERE space_id = $1 AND document_id = $2
            """,
            *(scope.space_id, document_id),
        )
    assert row is not None
    return dict(row)
