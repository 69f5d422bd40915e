"""What is made up for when a process died in between, and how long a queue may be."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities import upkeep
from adapters.originals.store import ObjectOriginals
from adapters.store import documents_row
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from local.stack import Stack
from models.errors import LimitError, UnavailableError
from models.payloads.ingestion import DocumentStatus, IngestionStart
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace
from tests.knowledge.material import USER
from tests.knowledge.test_documents import add, make_ready
from tests.knowledge.test_versions import files, sql, swept
from tests.waiting import until

DUE = "UPDATE original_removal SET due_at = now() WHERE space_id = $1"
LEFT = "SELECT 1 FROM original_removal WHERE space_id = $1"
AGO = "UPDATE document SET touched_at = now() - interval '1 hour' WHERE space_id = $1"
IDLE = timedelta(minutes=30)


async def mine(documents: PostgresDocuments, scope: Scope) -> list[IngestionStart]:
    """Other tests have documents too."""
    return [start for start in await documents.stalled(IDLE, 1_000) if start.scope == scope]


async def test_documents_that_nothing_happens_with_are_found_with_their_version(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    file, ready = await add(documents, space, b"one"), await add(documents, space, b"two")
    page, _ = await documents.add_url(space, USER, url="https://example.com", title="")
    await make_ready(documents, ready)
    fresh = await mine(documents, space)
    await sql(database, space, AGO, space.space_id)

    stalled = await mine(documents, space)
    for start in stalled:
        await documents.taken_up(start)

    assert fresh == []
    assert {
        (start.document_id, start.version, start.fetch, start.user_id) for start in stalled
    } == {
        (file.document_id, 1, False, USER),
        (page.id, 1, True, USER),
    }
    assert await mine(documents, space) == []


async def test_the_sweep_starts_them_again(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    key = await add(documents, space)
    await sql(database, space, AGO, space.space_id)
    engine = Starts()
    sweep = asyncio.create_task(
        upkeep.restart_ingestions(documents, engine, idle=IDLE, interval_s=0.01)  # type: ignore[arg-type]  # only starts
    )
    try:

        async def started() -> bool:
            return key.document_id in engine.started and not await mine(documents, space)

        await until(started)
    finally:
        sweep.cancel()


class Starts:
    """An engine that only starts ingestions, and fails at first."""

    def __init__(self) -> None:
        self.started: list[Any] = []
        self.failures = 1

    async def start_ingestion(self, start: IngestionStart) -> None:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("away", code="engine_unavailable")
        self.started.append(start.document_id)


async def test_what_was_stored_for_an_upload_that_died_is_removed(
    documents: PostgresDocuments, database: Database, space: Scope, stack: Stack
) -> None:
    dying = PostgresDocuments(database, Dying(documents._originals))  # type: ignore[arg-type]
    with pytest.raises(ConnectionAbortedError):
        await add(dying, space, b"half")
    await swept(documents)
    stored = files(stack, space)
    assert (await documents.page(space, limit=9, cursor=None)).items == []

    kept = await add(documents, space, b"half")
    await sql(database, space, DUE, space.space_id)
    await swept(documents)

    assert len(stored) == 1, "it may still be on its way"
    assert [path.read_bytes() for path in files(stack, space)] == [b"half"]
    assert await documents.original(kept) == b"half"
    assert await sql(database, space, LEFT, space.space_id) == []


class Dying:
    """Stores what it is given; then the process dies."""

    def __init__(self, originals: ObjectOriginals) -> None:
        self._originals = originals

    async def put(self, name: str, data: bytes) -> None:
        await self._originals.put(name, data)
        raise ConnectionAbortedError


async def test_an_upload_that_took_too_long_is_not_adopted(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    late = PostgresDocuments(database, Late(documents._originals, database, space))  # type: ignore[arg-type]
    with pytest.raises(UnavailableError) as error:
        await add(late, space, b"late")

    assert error.value.code == "originals_unavailable"
    assert (await documents.page(space, limit=9, cursor=None)).items == []


class Late:
    """Takes as long as an intended object is kept for."""

    def __init__(self, originals: ObjectOriginals, database: Database, scope: Scope) -> None:
        self._originals, self._database, self._scope = originals, database, scope

    async def put(self, name: str, data: bytes) -> None:
        await self._originals.put(name, data)
        await sql(self._database, self._scope, DUE, self._scope.space_id)


async def test_of_copies_that_came_at_once_one_object_stays(
    documents: PostgresDocuments, database: Database, space: Scope, stack: Stack
) -> None:
    await asyncio.gather(*(add(documents, space, b"same") for _ in range(20)))
    await swept(documents)

    assert [path.read_bytes() for path in files(stack, space)] == [b"same"]
    assert await sql(database, space, LEFT, space.space_id) == []


async def test_the_sweep_goes_on_after_a_store_that_was_away(
    documents: PostgresDocuments, database: Database, space: Scope, stack: Stack
) -> None:
    key = await add(documents, space)
    await documents.delete(space, key.document_id)
    away = PostgresDocuments(database, Away(documents._originals))  # type: ignore[arg-type]
    sweep = asyncio.create_task(upkeep.remove_originals(away, interval_s=0.01))
    try:

        async def removed() -> bool:
            return not await sql(database, space, LEFT, space.space_id)

        await until(removed)
    finally:
        sweep.cancel()
    assert files(stack, space) == []


class Away:
    """A store that is away at first."""

    def __init__(self, originals: ObjectOriginals) -> None:
        self._originals = originals
        self.failures = 2

    async def remove(self, name: str) -> None:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("away", code="originals_unavailable")
        await self._originals.remove(name)


async def test_a_full_queue_refuses_more_and_no_other_space_notices(
    documents: PostgresDocuments,
    space: Scope,
    new_space: NewSpace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(documents_row, "MOST_WAITING", 3)
    keys = [await add(documents, space, b"%d" % number) for number in range(3)]
    other = await new_space()

    with pytest.raises(LimitError) as full:
        await add(documents, space, b"3")
    with pytest.raises(LimitError):
        await documents.add_url(space, USER, url="https://example.com", title="")
    await add(documents, other, b"3")
    await documents.finish(keys[0], DocumentStatus.FAILED, error_code="x")
    await add(documents, space, b"3")

    assert (full.value.code, full.value.retry_after) == ("documents_queue_full", 60.0)
    assert await add(documents, space, b"1") == keys[1], "what waits already is no more"


async def test_objects_lie_under_their_organisation_and_space(
    documents: PostgresDocuments, space: Scope, stack: Stack
) -> None:
    key = await add(documents, space)

    [path] = files(stack, space)
    place = Path(stack.folder) / "originals" / str(space.organisation_id) / str(space.space_id)
    assert path.parent == place / str(key.document_id)
