"""The stack's servers for these tests; spaces are each test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs
import pytest
from openai import AsyncOpenAI
from sqlalchemy.engine import make_url
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from adapters.embedding.openai import OpenAIEmbedder
from adapters.originals.store import ObjectOriginals, originals_at
from adapters.parsing.process import ChildParser
from adapters.search.postgres import PostgresPassages
from adapters.store.collections import PostgresCollections
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from local.stack import Stack
from models.payloads.scope import Scope
from tests.knowledge.material import a_scope

NewSpace = Callable[[], Awaitable[Scope]]


@pytest.fixture(scope="session")
async def parser() -> AsyncIterator[ChildParser]:
    """One nursery for all: it loads its readers once."""
    parser = ChildParser()
    yield parser
    await parser.close()


async def as_owner(stack: Stack, statement: str) -> None:
    url = make_url(stack.database_owner_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def originals(stack: Stack) -> ObjectOriginals:
    return originals_at(str(stack.folder / "originals"))


@pytest.fixture(scope="session")
def documents(database: Database, originals: ObjectOriginals) -> PostgresDocuments:
    return PostgresDocuments(database, originals, limit=1_000_000)


@pytest.fixture(scope="session")
def collections(database: Database) -> PostgresCollections:
    return PostgresCollections(database)


@pytest.fixture(scope="session")
def passages(database: Database) -> PostgresPassages:
    return PostgresPassages(database)


async def add_space(database: Database) -> Scope:
    """A space of a new organisation."""
    scope = a_scope()
    async with database.transaction(scope) as session:
        await session.fetch("INSERT INTO organisation (id) VALUES ($1)", scope.organisation_id)
        await session.fetch(
            "INSERT INTO space (id, organisation_id) VALUES ($1, $2)",
            *(scope.space_id, scope.organisation_id),
        )
    return scope


@pytest.fixture(scope="session")
def new_space(database: Database) -> NewSpace:
    async def make() -> Scope:
        return await add_space(database)

    return make


@pytest.fixture
async def space(new_space: NewSpace) -> Scope:
    return await new_space()


@pytest.fixture(scope="session")
async def offline_embedder(stack: Stack) -> AsyncIterator[OpenAIEmbedder]:
    """The real embeddings of the offline model server."""
    async with AsyncOpenAI(
        base_url=stack.model_base_url, api_key="offline", max_retries=0
    ) as client:
        yield OpenAIEmbedder(client, "text-embedding-3-large")


@pytest.fixture(scope="session")
async def temporal(stack: Stack) -> Client:
    return await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)


async def counted(database: Database, scope: Scope, document_id: UUID) -> dict[str, int]:
    """Rows of a document, as the application's role sees them in the space."""
    async with database.transaction(scope) as session:
        row = await session.first(
            """
            SELECT count(*) AS passages,
                   (SELECT count(*) FROM passage_vector v JOIN passage p
                        ON p.space_id = v.space_id AND p.id = v.passage_id
                    WHERE v.space_id = $1 AND p.document_id = $2) AS vectors,
                   (SELECT count(*) FROM passage_code c JOIN passage p
                        ON p.space_id = c.space_id AND p.id = c.passage_id
                    WHERE c.space_id = $1 AND p.document_id = $2) AS searchable,
                   (SELECT count(*) FROM usage WHERE space_id = $1 AND document_id = $2) AS bills
            FROM passage WHERE space_id = $1 AND document_id = $2
            """,
            *(scope.space_id, document_id),
        )
    assert row is not None
    return dict(row)
