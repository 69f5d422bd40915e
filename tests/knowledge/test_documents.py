"""What is kept of a document, and what is refused."""

import asyncio
from uuid import UUID, uuid4

import pytest

from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import NewPassage
from domain.ports.transcript import UsageEntry
from models.errors import (
    AppError,
    ConflictError,
    InvalidError,
    ModelGarbledError,
    NotFoundError,
    TooLargeError,
    UnsupportedError,
)
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace, counted
from tests.knowledge.material import USER, vector_of

BILL = UsageEntry("m", "embedding", Usage(input_tokens=9), None, None, "v1", USER)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def three(text: str = "text") -> list[NewPassage]:
    return [NewPassage(index, f"{text} {index}", "", index, index + 1) for index in range(3)]


async def add(documents: PostgresDocuments, scope: Scope, data: bytes = b"hello") -> UUID:
    document, _ = await documents.add(
        scope, USER, title="", name="a.txt", media_type="text/plain", data=data
    )
    return document.id


async def embed(documents: PostgresDocuments, scope: Scope, document_id: UUID) -> int:
    missing = await documents.passages_without_vector(scope, document_id, 0, 100)
    await documents.keep_vectors(
        scope, document_id, "m", [(key, vector_of(text)) for key, text in missing], BILL
    )
    return len(missing)


async def test_a_new_file_waits_in_line(documents: PostgresDocuments, space: Scope) -> None:
    document, added = await documents.add(
        space, USER, title="", name="../up/Brand guide.MD", media_type="", data=b"# Hi\n"
    )

    assert added
    assert (document.title, document.name) == ("Brand guide", "Brand guide.MD")
    assert (document.media_type, document.status) == ("text/markdown", DocumentStatus.QUEUED)
    assert await documents.get(space, document.id) == document
    assert await documents.original(space, document.id) == b"# Hi\n"


async def test_the_same_bytes_are_the_same_document(
    documents: PostgresDocuments, space: Scope
) -> None:
    copies = await asyncio.gather(
        *(
            documents.add(
                space, USER, title=f"t{n}", name=f"{n}.txt", media_type="", data=b"same bytes"
            )
            for n in range(20)
        )
    )

    assert len({document.id for document, _ in copies}) == 1
    assert sum(added for _, added in copies) == 1


async def test_the_same_bytes_in_another_space_are_another_document(
    documents: PostgresDocuments, space: Scope, new_space: NewSpace
) -> None:
    mine, theirs = await add(documents, space), await add(documents, await new_space())

    assert mine != theirs


async def test_a_failed_document_is_queued_again_by_its_own_bytes(
    documents: PostgresDocuments, space: Scope
) -> None:
    document_id = await add(documents, space)
    await documents.finish(space, document_id, DocumentStatus.FAILED, error_code="model_quiet")
    failed = await documents.get(space, document_id)

    assert await add(documents, space) == document_id

    again = await documents.get(space, document_id)
    assert (failed.status, failed.error_code) == (DocumentStatus.FAILED, "model_quiet")
    assert (again.status, again.error_code) == (DocumentStatus.QUEUED, None)


REFUSED = [
    ("a.txt", "text/plain", b"", InvalidError, "document_empty"),
    ("a.txt", "text/plain", b"a" * 1_000_001, TooLargeError, "document_too_large"),
    ("a.docx", "", b"PK\x03\x04aaaa", UnsupportedError, "document_type_unsupported"),
    ("a.json", "application/json", b"{}", UnsupportedError, "document_type_unsupported"),
    ("a.txt", "text/plain", PNG, UnsupportedError, "document_type_mismatch"),
    ("a.html", "text/html", PNG, UnsupportedError, "document_type_mismatch"),
    ("a.csv", "text/csv", b"<!doctype html><p>", UnsupportedError, "document_type_mismatch"),
    ("a", "application/octet-stream", PNG, UnsupportedError, "document_type_unsupported"),
]


@pytest.mark.parametrize(("name", "media_type", "data", "kind", "code"), REFUSED)
async def test_what_is_not_read_is_refused_by_name_and_leaves_nothing(
    documents: PostgresDocuments,
    space: Scope,
    name: str,
    media_type: str,
    data: bytes,
    kind: type[AppError],
    code: str,
) -> None:
    with pytest.raises(kind) as refused:
        await documents.add(space, USER, title="", name=name, media_type=media_type, data=data)

    assert refused.value.code == code
    assert not (await documents.page(space, limit=10, cursor=None)).items


async def test_lists_run_from_new_to_old_without_gaps(
    documents: PostgresDocuments, space: Scope
) -> None:
    added = [await add(documents, space, f"number {n}".encode()) for n in range(5)]

    listed, cursor = [], None
    while True:
        page = await documents.page(space, limit=2, cursor=cursor)
        listed += [document.id for document in page.items]
        if (cursor := page.next_cursor) is None:
            break

    assert listed == added[::-1]


@pytest.mark.parametrize("cursor", ["x", "ÿ", "MjAyNg==", "bm90IGEgcGxhY2U="])
async def test_a_foreign_cursor_is_refused(
    documents: PostgresDocuments, space: Scope, cursor: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        await documents.page(space, limit=2, cursor=cursor)

    assert refused.value.code == "cursor_invalid"


async def test_another_space_sees_no_document(
    documents: PostgresDocuments, space: Scope, new_space: NewSpace
) -> None:
    document_id, other = await add(documents, space), await new_space()

    for attempt in (
        documents.get(other, document_id),
        documents.original(other, document_id),
        documents.delete(other, document_id),
        documents.keep_passages(other, document_id, "", three()),
        documents.finish(other, document_id, DocumentStatus.READY),
    ):
        with pytest.raises(NotFoundError) as hidden:
            await attempt
        assert hidden.value.code == "document_not_found"
    assert not (await documents.page(other, limit=10, cursor=None)).items


async def test_a_document_is_published_whole_or_not_at_all(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    document_id = await add(documents, space)
    await documents.keep_passages(space, document_id, "Title", three())

    with pytest.raises(ConflictError) as early:
        await documents.finish(space, document_id, DocumentStatus.READY)
    hidden = await counted(database, space, document_id)
    await embed(documents, space, document_id)
    await documents.finish(space, document_id, DocumentStatus.READY)

    assert early.value.code == "ingestion_incomplete"
    assert hidden == {"passages": 3, "vectors": 0, "searchable": 0, "bills": 0}
    assert await counted(database, space, document_id) == {
        "passages": 3,
        "vectors": 3,
        "searchable": 3,
        "bills": 1,
    }
    ready = await documents.get(space, document_id)
    assert (ready.status, ready.progress, ready.title) == (DocumentStatus.READY, 1.0, "Title")


async def test_progress_follows_the_vectors(documents: PostgresDocuments, space: Scope) -> None:
    document_id = await add(documents, space)
    seen = [(await documents.get(space, document_id)).progress]
    await documents.keep_passages(space, document_id, "", three())
    seen.append((await documents.get(space, document_id)).progress)
    for index in range(3):
        [(key, text)] = await documents.passages_without_vector(space, document_id, index, 1)
        await documents.keep_vectors(space, document_id, "m", [(key, vector_of(text))], None)
        seen.append((await documents.get(space, document_id)).progress)

    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] == pytest.approx(0.95)


async def test_reading_again_keeps_the_vectors_of_what_stayed(
    documents: PostgresDocuments, space: Scope
) -> None:
    document_id = await add(documents, space)
    await documents.keep_passages(space, document_id, "", three())
    await embed(documents, space, document_id)

    changed = [*three()[:2], NewPassage(2, "other", "", 2, 3), NewPassage(3, "more", "", 3, 4)]
    await documents.keep_passages(space, document_id, "", changed)

    missing = await documents.passages_without_vector(space, document_id, 0, 10)
    assert [text.split("\n\n")[1] for _, text in missing] == ["other", "more"]


async def test_a_late_attempt_changes_nothing_of_a_ready_document(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    document_id = await add(documents, space)
    await documents.keep_passages(space, document_id, "", three())
    await embed(documents, space, document_id)
    await documents.finish(space, document_id, DocumentStatus.READY)
    before = await counted(database, space, document_id)

    await documents.keep_passages(space, document_id, "", three("late"))
    await documents.finish(space, document_id, DocumentStatus.PROCESSING)
    await documents.finish(space, document_id, DocumentStatus.FAILED, error_code="late")

    assert (await documents.get(space, document_id)).status is DocumentStatus.READY
    assert await counted(database, space, document_id) == before


async def test_deleting_leaves_nothing_but_the_bill(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    document_id = await add(documents, space)
    await documents.keep_passages(space, document_id, "", three())
    await embed(documents, space, document_id)

    await documents.delete(space, document_id)

    assert await counted(database, space, document_id) == {
        "passages": 0,
        "vectors": 0,
        "searchable": 0,
        "bills": 1,
    }
    with pytest.raises(NotFoundError):
        await documents.original(space, document_id)


async def test_a_vector_of_the_wrong_length_is_named(
    documents: PostgresDocuments, space: Scope
) -> None:
    with pytest.raises(ModelGarbledError):
        await documents.keep_vectors(space, uuid4(), "m", [(uuid4(), [1.0, 2.0])], None)
