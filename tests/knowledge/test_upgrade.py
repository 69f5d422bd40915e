"""A database of the release before: nothing that was uploaded is lost on the way up."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.engine import make_url

from adapters.originals.store import ObjectOriginals
from adapters.store.collections import PostgresCollections
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from local.stack import Stack
from migrations import run
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.scope import Scope
from tests.knowledge.conftest import add_space, as_owner
from tests.knowledge.material import USER
from tests.knowledge.test_documents import make_ready, texts

DOCUMENT = """
INSERT INTO document (space_id, organisation_id, id, content_hash, title, name, media_type, size,
    status, progress, passages, error_code, created_by)
VALUES ($1, $2, $3, $4, $5, 'guide.md', 'text/markdown', 5, $6, 0.5, 1, $7, $8)
"""
ORIGINAL = """
INSERT INTO document_original (space_id, organisation_id, document_id, data)
VALUES ($1, $2, $3, $4)
"""
PASSAGE = """
INSERT INTO passage (space_id, organisation_id, document_id, id, index, text, start, "end",
    searchable)
VALUES ($1, $2, $3, $4, 0, 'old words', 0, 9, true)
"""


@pytest.fixture
async def before(stack: Stack) -> AsyncIterator[tuple[str, Database]]:
    """A database of revision 0004: the owner's address, and the application's way in."""
    name = f"before_{uuid4().hex}"
    owner = make_url(stack.database_owner_url)
    await as_owner(stack, f"CREATE DATABASE {name}")
    url = owner.set(database=name).render_as_string(hide_password=False)
    await run.upgrade(url, revision="0004")
    application = make_url(stack.database_url).set(database=name)
    database = Database(application.render_as_string(hide_password=False))
    yield url, database
    await database.close()
    await as_owner(stack, f"DROP DATABASE {name}")


async def old(
    database: Database, scope: Scope, data: bytes, status: str, title: str = "guide"
) -> UUID:
    """A document as the release before kept it."""
    document, ids = uuid4(), (scope.space_id, scope.organisation_id)
    error = "model_quiet" if status == "failed" else None
    row: tuple[Any, ...] = hashlib.sha256(data).digest(), title, status, error, USER
    async with database.transaction(scope) as session:
        await session.fetch(DOCUMENT, *ids, document, *row)
        await session.fetch(ORIGINAL, *ids, document, data)
        await session.fetch(PASSAGE, *ids, document, uuid4())
    return document


async def test_documents_are_queued_again_and_found_by_the_sweep(
    before: tuple[str, Database], originals: ObjectOriginals
) -> None:
    url, database = before
    scope, other = await add_space(database), await add_space(database)
    ready = await old(database, scope, b"# One", "ready", title="Mine")
    failed = await old(database, scope, b"# Two", "failed")
    theirs = await old(database, other, b"# One", "processing")

    await run.upgrade(url)

    documents = PostgresDocuments(database, originals)
    stalled = await documents.stalled(timedelta(minutes=3), 100)
    assert {(start.scope, start.document_id, start.fetch) for start in stalled} == {
        (scope, ready, False),
        (other, theirs, False),
    }
    key = DocumentKey(scope=scope, document_id=ready)
    assert await documents.original(key) == b"# One"
    again = await documents.get(scope, ready)
    assert (again.title, again.status, again.live_version) == ("Mine", DocumentStatus.QUEUED, 0)
    assert (await documents.get(scope, failed)).status is DocumentStatus.FAILED
    await make_ready(documents, key, "new")
    assert await texts(database, scope) == ["new 0", "new 1", "new 2"]
    same, added = await documents.add(
        scope, USER, title="", name="x.md", media_type="", data=b"# One"
    )
    assert (same.id, added) == (ready, False)
    [general] = await PostgresCollections(database).all(scope)
    assert (general.name, general.documents) == ("general", 2)


async def test_the_way_down_keeps_what_the_release_before_can_read(
    before: tuple[str, Database], originals: ObjectOriginals
) -> None:
    url, database = before
    scope = await add_space(database)
    kept = await old(database, scope, b"# One", "ready")
    await run.upgrade(url)
    documents = PostgresDocuments(database, originals)
    await documents.add(scope, USER, title="", name="x.md", media_type="", data=b"# New")

    await run.downgrade(url, revision="0004")

    async with database.transaction(scope) as session:
        rows = await session.fetch(
            "SELECT id, content_hash, status FROM document WHERE space_id = $1", scope.space_id
        )
        [bytes_] = await session.fetch(
            "SELECT data FROM document_original WHERE space_id = $1", scope.space_id
        )
    assert [tuple(row) for row in rows] == [(kept, hashlib.sha256(b"# One").digest(), "queued")]
    assert bytes_["data"] == b"# One"
