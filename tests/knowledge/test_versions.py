"""One version takes the place of another, whole; and what is deleted is gone."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from adapters.store.citing import PostgresCitings
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from adapters.store.transcript import PostgresTranscript
from domain.ports.knowledge import NewPicture
from domain.ports.transcript import Passage
from local.stack import Stack
from models.errors import ConflictError, InvalidError, NotFoundError
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.scope import Scope, TurnKey
from models.payloads.sources import Source
from tests.knowledge.conftest import NewSpace, counted
from tests.knowledge.material import USER
from tests.knowledge.test_documents import (
    PNG,
    add,
    embed,
    key_of,
    make_ready,
    replace,
    take_in,
    texts,
    three,
)

NOTHING = {"passages": 0, "vectors": 0, "searchable": 0, "bills": 1}
OLD, NEW = ["old 0", "old 1", "old 2"], ["new 0", "new 1", "new 2"]
INSERT_COPY = """
INSERT INTO turn_passage (space_id, organisation_id, turn_id, mark, source, text)
VALUES ($1, $2, $3, 1, $4::jsonb, 'copied')
"""


def files(stack: Stack, scope: Scope) -> list[Path]:
    """The objects of a space."""
    place = Path(stack.folder) / "originals" / str(scope.organisation_id) / str(scope.space_id)
    return [path for path in place.rglob("*") if path.is_file()]


async def sql(database: Database, scope: Scope, statement: str, *values: object) -> list[Any]:
    async with database.transaction(scope) as session:
        return list(await session.fetch(statement, *values))


async def swept(documents: PostgresDocuments) -> None:
    while await documents.remove_originals(100):
        pass


async def test_a_new_version_waits_beside_the_live_one_and_then_takes_its_place(
    documents: PostgresDocuments, database: Database, space: Scope, stack: Stack
) -> None:
    first = await add(documents, space, b"one")
    await make_ready(documents, first, "old")
    second = await replace(documents, first, b"two")
    await take_in(documents, second, "new")
    before, waiting = await texts(database, space), await documents.get(space, first.document_id)

    await documents.finish(second, DocumentStatus.READY)
    await swept(documents)

    assert (before, await texts(database, space)) == (OLD, NEW)
    assert (waiting.version, waiting.live_version, waiting.name) == (2, 1, "b.txt")
    assert waiting.status is DocumentStatus.PROCESSING
    ready = await documents.get(space, first.document_id)
    assert (ready.version, ready.live_version, ready.status) == (2, 2, DocumentStatus.READY)
    assert (await counted(database, space, first.document_id))["passages"] == 3
    assert [path.read_bytes() for path in files(stack, space)] == [b"two"]


async def test_a_version_that_fails_leaves_the_live_one_to_be_found(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    first = await add(documents, space, b"one")
    await make_ready(documents, first, "old")
    second = await replace(documents, first, b"two")
    await documents.finish(second, DocumentStatus.FAILED, error_code="x")
    failed = await documents.get(space, first.document_id)

    again = await replace(documents, second, b"two")

    assert (failed.status, failed.live_version) == (DocumentStatus.FAILED, 1)
    assert await texts(database, space) == OLD
    assert again == second
    assert (await documents.get(space, first.document_id)).status is DocumentStatus.QUEUED


async def test_a_newer_version_ends_the_ingestion_of_an_older_one(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    first = await add(documents, space, b"one")
    await take_in(documents, first, "old")
    second = await replace(documents, first, b"two")

    for late in (
        documents.original(first),
        documents.keep_passages(first, "", three()),
        documents.passages_without_vector(first, "m", 0, 9),
        documents.keep_vectors(first, "m", [], None),
        documents.pictures(first),
        documents.finish(first, DocumentStatus.READY),
        documents.finish(first, DocumentStatus.FAILED, error_code="late"),
    ):
        with pytest.raises(NotFoundError) as gone:
            await late
        assert gone.value.code == "document_not_found"
    await make_ready(documents, second, "new")
    assert await texts(database, space) == NEW
    assert (await counted(database, space, first.document_id))["passages"] == 3


async def test_the_bytes_of_the_newest_version_are_no_new_version(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space, b"one")

    same, added = await documents.replace(
        space, USER, key.document_id, name="c.txt", media_type="", data=b"one"
    )

    assert (same.version, added) == (1, False)


async def test_going_back_to_the_live_bytes_is_a_version_of_its_own(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    first = await add(documents, space, b"one")
    await make_ready(documents, first, "old")
    await replace(documents, first, b"two")
    third = await replace(documents, first, b"one")

    assert third.version == 3
    assert await documents.original(third) == b"one"
    assert await texts(database, space) == OLD
    await make_ready(documents, third, "new")
    await swept(documents)
    assert await documents.original(third) == b"one"
    assert await texts(database, space) == NEW


async def test_bytes_of_another_document_are_refused(
    documents: PostgresDocuments, space: Scope
) -> None:
    one, _ = await add(documents, space, b"one"), await add(documents, space, b"two")

    with pytest.raises(ConflictError) as refused:
        await replace(documents, one, b"two")

    assert refused.value.code == "document_exists"


async def test_of_versions_that_come_at_once_the_last_one_counts(
    documents: PostgresDocuments, database: Database, space: Scope, stack: Stack
) -> None:
    first = await add(documents, space, b"one")
    await make_ready(documents, first, "old")

    keys = await asyncio.gather(
        *(replace(documents, first, f"version {n % 5}".encode()) for n in range(20))
    )

    newest = max(keys, key=lambda key: key.version)
    await make_ready(documents, newest, "new")
    await sql(
        database,
        space,
        "UPDATE original_removal SET due_at = now() WHERE space_id = $1",
        space.space_id,
    )
    await swept(documents)
    assert await texts(database, space) == NEW
    assert [path.read_bytes() for path in files(stack, space)] == [await documents.original(newest)]


async def test_a_page_is_fetched_for_each_version(
    documents: PostgresDocuments, database: Database, space: Scope, stack: Stack
) -> None:
    page = "https://example.com/a"
    document, added = await documents.add_url(space, USER, url=page, title="")
    same, again = await documents.add_url(space, USER, url=page, title="")
    first = key_of(space, document)
    with pytest.raises(NotFoundError) as early:
        await documents.original(first)
    for data in (b"<p>draft</p>", b"<p>page</p>", b"<p>page</p>"):
        await documents.keep_original(
            first, name="a.html", media_type="text/html", data=data, url=page + "/"
        )
    await make_ready(documents, first, "old")
    refreshed = await documents.refresh(space, USER, document.id)
    second = key_of(space, refreshed)
    await documents.keep_original(
        second, name="a.html", media_type="text/html", data=b"<p>page</p>"
    )
    await make_ready(documents, second, "new")
    await swept(documents)

    assert (added, again, same.id) == (True, False, document.id)
    assert early.value.code == "original_missing"
    assert (refreshed.version, refreshed.status) == (2, DocumentStatus.QUEUED)
    assert (await documents.get(space, document.id)).media_type == "text/html"
    assert await texts(database, space) == NEW
    assert [path.read_bytes() for path in files(stack, space)] == [b"<p>page</p>"]


async def test_a_page_that_is_still_to_be_fetched_is_not_queued_twice(
    documents: PostgresDocuments, space: Scope
) -> None:
    document, _ = await documents.add_url(space, USER, url="https://example.com", title="x")

    assert (await documents.refresh(space, USER, document.id)).version == 1
    with pytest.raises(InvalidError) as refused:
        await documents.refresh(space, USER, (await add(documents, space)).document_id)
    assert refused.value.code == "document_without_url"


async def test_a_page_with_the_bytes_of_another_document_says_so(
    documents: PostgresDocuments, space: Scope
) -> None:
    await add(documents, space, b"same")
    document, _ = await documents.add_url(space, USER, url="https://example.com", title="")

    with pytest.raises(ConflictError) as refused:
        await documents.keep_original(
            key_of(space, document), name="a.txt", media_type="text/plain", data=b"same"
        )

    assert refused.value.code == "document_exists"


async def test_deleting_leaves_nothing_but_the_bill(
    documents: PostgresDocuments, database: Database, space: Scope, stack: Stack
) -> None:
    key = await add(documents, space, b"one")
    await documents.keep_passages(key, "", three("old"), pictures=[NewPicture(0, PNG, "", 1, 1)])
    await embed(documents, key)
    await documents.finish(key, DocumentStatus.READY)
    await replace(documents, key, b"two")

    await documents.delete(space, key.document_id)
    await swept(documents)

    assert await counted(database, space, key.document_id) == NOTHING
    assert await texts(database, space) == []
    for table in ("document", "document_version", "picture", "original_removal", "posting"):
        statement = f"SELECT 1 FROM {table} WHERE space_id = $1"
        assert await sql(database, space, statement, space.space_id) == [], table
    assert files(stack, space) == []


async def test_deleting_takes_the_copies_that_answers_keep(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    key, other = await add(documents, space, b"one"), await add(documents, space, b"two")
    turns = [(await a_turn(database, space))[0] for _ in range(2)]
    for turn, document in zip(turns, (key, other), strict=True):
        source = orjson.dumps({"document_id": str(document.document_id)}).decode()
        await sql(database, space, INSERT_COPY, space.space_id, space.organisation_id, turn, source)

    await documents.delete(space, key.document_id)

    rows = await sql(
        database, space, "SELECT turn_id FROM turn_passage WHERE space_id = $1", space.space_id
    )
    assert [row["turn_id"] for row in rows] == [turns[1]]


async def test_passages_of_a_document_that_was_deleted_are_not_kept(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    there, gone = await add(documents, space, b"one"), await add(documents, space, b"two")
    turn, conversation = await a_turn(database, space)
    await documents.delete(space, gone.document_id)
    passages = [
        Passage(
            Source(
                mark=mark,
                passage_id=uuid4(),
                document_id=document,
                title="",
                snippet="",
                collection=collection,
            ),
            "text",
        )
        for mark, (document, collection) in enumerate(
            [(gone.document_id, "general"), (there.document_id, "general"), (uuid4(), "")], 1
        )
    ]
    key = TurnKey(scope=space, conversation_id=conversation, turn_id=turn)

    kept = await PostgresCitings(database).keep(key, passages)
    await PostgresTranscript(database).commit_passages(key, passages, (), ())

    rows = await sql(
        database, space, "SELECT mark FROM turn_passage WHERE space_id = $1", space.space_id
    )
    assert [passage.source.mark for passage in kept] == [0, 1, 2]
    assert [row["mark"] for row in rows] == [1, 2]


async def test_a_turn_that_keeps_passages_while_they_are_deleted_keeps_none(
    documents: PostgresDocuments, database: Database, new_space: NewSpace
) -> None:
    async def race() -> None:
        space = await new_space()
        key = await add(documents, space)
        turn, conversation = await a_turn(database, space)
        source = Source(
            mark=1,
            passage_id=uuid4(),
            document_id=key.document_id,
            title="",
            snippet="",
            collection="general",
        )
        turns = PostgresTranscript(database)
        await asyncio.gather(
            turns.commit_passages(
                TurnKey(scope=space, conversation_id=conversation, turn_id=turn),
                [Passage(source, "text")],
                (),
                (),
            ),
            documents.delete(space, key.document_id),
        )
        rows = "SELECT 1 FROM turn_passage WHERE space_id = $1"
        assert await sql(database, space, rows, space.space_id) == []

    await asyncio.gather(*(race() for _ in range(12)))


async def a_turn(database: Database, scope: Scope) -> tuple[UUID, UUID]:
    conversation, turn = uuid4(), uuid4()
    ids = scope.space_id, scope.organisation_id
    await sql(
        database,
        scope,
        "INSERT INTO conversation (space_id, organisation_id, id, agent, kind, state, created_by)"
        " VALUES ($1, $2, $3, 'a', 'chat', 'active', $3)",
        *(*ids, conversation),
    )
    await sql(
        database,
        scope,
        "INSERT INTO turn (space_id, organisation_id, id, conversation_id, number, user_id, owner,"
        " agent, agent_version, user_message_id, request_id, started_at)"
        " VALUES ($1, $2, $3, $4, 1, $3, '', 'a', 1, $3, '', now())",
        *(*ids, turn, conversation),
    )
    return turn, conversation


async def test_a_deletion_and_a_publication_at_once_leave_all_or_nothing(
    documents: PostgresDocuments, database: Database, new_space: NewSpace
) -> None:
    async def race() -> None:
        space = await new_space()
        key = await add(documents, space)
        await take_in(documents, key, "old")
        _, published = await asyncio.gather(
            documents.delete(space, key.document_id),
            documents.finish(key, DocumentStatus.READY),
            return_exceptions=True,
        )
        assert published is None or isinstance(published, NotFoundError), published
        assert await counted(database, space, key.document_id) == NOTHING
        index = "SELECT passages, terms FROM space_index WHERE space_id = $1"
        for row in await sql(database, space, index, space.space_id):
            assert tuple(row) == (0, 0)

    await asyncio.gather(*(race() for _ in range(6)))


async def test_an_upload_of_the_bytes_that_are_being_deleted_is_kept_or_gone_with_them(
    documents: PostgresDocuments, new_space: NewSpace
) -> None:
    async def race() -> None:
        space = await new_space()
        key = await add(documents, space)
        again, _ = await asyncio.gather(
            add(documents, space), documents.delete(space, key.document_id)
        )
        listed = await documents.page(space, limit=9, cursor=None)
        kept = [] if again == key else [again.document_id]
        assert [document.id for document in listed.items] == kept

    await asyncio.gather(*(race() for _ in range(12)))


async def test_two_publications_at_once_are_one(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    key = await add(documents, space)
    await take_in(documents, key, "old")

    await asyncio.gather(*(documents.finish(key, DocumentStatus.READY) for _ in range(4)))

    assert await texts(database, space) == OLD
    assert (await counted(database, space, key.document_id))["searchable"] == 3


async def test_documents_that_are_published_replaced_and_deleted_at_once_do_not_deadlock(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    async def live(number: int) -> None:
        key = await add(documents, space, f"document {number}".encode())
        await make_ready(documents, key, f"old {number}")
        newer = await replace(documents, key, f"other {number}".encode())
        await make_ready(documents, newer, f"new {number}")
        if number % 2:
            await documents.delete(space, key.document_id)

    await asyncio.gather(*(live(number) for number in range(8)))

    kept = sorted(f"new {number} {index}" for number in (0, 2, 4, 6) for index in range(3))
    assert await texts(database, space) == kept


async def test_bytes_from_before_there_was_a_store_are_still_read(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    key = await as_before(documents, database, space, b"from before")

    assert await documents.original(key) == b"from before"
    second = await replace(documents, key, b"now")
    await make_ready(documents, second)
    rows = "SELECT 1 FROM document_original WHERE space_id = $1"
    assert await sql(database, space, rows, space.space_id) == []


async def as_before(
    documents: PostgresDocuments, database: Database, scope: Scope, data: bytes
) -> DocumentKey:
    """A document whose bytes lie in the database."""
    key = await add(documents, scope, data)
    ids = scope.space_id, scope.organisation_id, key.document_id
    await sql(
        database,
        scope,
        "INSERT INTO document_original (space_id, organisation_id, document_id, data)"
        " VALUES ($1, $2, $3, $4)",
        *(*ids, data),
    )
    await sql(
        database,
        scope,
        "UPDATE document_version SET original = NULL WHERE space_id = $1 AND document_id = $2",
        *(scope.space_id, key.document_id),
    )
    return key
