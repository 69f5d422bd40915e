"""What is kept of a document, and what is refused."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest

from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import Document, Metadata, NewPassage, NewPicture
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
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace, counted
from tests.knowledge.material import USER, vector_of

BILL = UsageEntry("m", "embedding", Usage(input_tokens=9), None, None, "v1", USER)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def three(text: str = "text") -> list[NewPassage]:
    return [NewPassage(index, f"{text} {index}", "", index, index + 1) for index in range(3)]


def key_of(scope: Scope, document: Document) -> DocumentKey:
    return DocumentKey(scope=scope, document_id=document.id, version=document.version)


async def add(documents: PostgresDocuments, scope: Scope, data: bytes = b"hello") -> DocumentKey:
    document, _ = await documents.add(
        scope, USER, title="", name="a.txt", media_type="text/plain", data=data
    )
    return key_of(scope, document)


async def replace(documents: PostgresDocuments, key: DocumentKey, data: bytes) -> DocumentKey:
    document, _ = await documents.replace(
        key.scope, USER, key.document_id, name="b.txt", media_type="text/plain", data=data
    )
    return key_of(key.scope, document)


async def embed(documents: PostgresDocuments, key: DocumentKey) -> int:
    missing = await documents.passages_without_vector(key, "m", 0, 100)
    vectors = [(passage, vector_of(text)) for passage, text in missing]
    await documents.keep_vectors(key, "m", vectors, BILL)
    return len(missing)


async def take_in(documents: PostgresDocuments, key: DocumentKey, text: str = "text") -> None:
    """As an ingestion does, up to the last step."""
    await documents.finish(key, DocumentStatus.PROCESSING)
    await documents.keep_passages(key, "", three(text))
    await embed(documents, key)


async def make_ready(documents: PostgresDocuments, key: DocumentKey, text: str = "text") -> None:
    await take_in(documents, key, text)
    await documents.finish(key, DocumentStatus.READY)


async def texts(database: Database, scope: Scope) -> list[str]:
    """Of what searches of the space can find, by words and by meaning."""
    async with database.transaction(scope) as session:
        rows = await session.fetch(
            "SELECT p.text FROM passage p JOIN passage_code c ON c.space_id = p.space_id"
            " AND c.passage_id = p.id JOIN indexed_document i ON i.space_id = p.space_id"
            " AND i.document_id = p.document_id"
            " AND c.number = ANY(i.numbers) WHERE p.space_id = $1 ORDER BY p.text",
            scope.space_id,
        )
    return [row["text"] for row in rows]


async def test_a_new_file_waits_in_line(documents: PostgresDocuments, space: Scope) -> None:
    document, added = await documents.add(
        space, USER, title="", name="../up/Brand guide.MD", media_type="", data=b"# Hi\n"
    )

    assert added
    assert (document.title, document.name) == ("Brand guide", "Brand guide.MD")
    assert (document.media_type, document.status) == ("text/markdown", DocumentStatus.QUEUED)
    assert (document.version, document.live_version, document.collection) == (1, 0, "general")
    assert await documents.get(space, document.id) == document
    assert await documents.original(key_of(space, document)) == b"# Hi\n"


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

    assert mine.document_id != theirs.document_id


async def test_a_failed_document_is_queued_again_by_its_own_bytes(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space)
    await documents.finish(key, DocumentStatus.FAILED, error_code="model_quiet")
    failed = await documents.get(space, key.document_id)

    assert await add(documents, space) == key

    again = await documents.get(space, key.document_id)
    assert (failed.status, failed.error_code) == (DocumentStatus.FAILED, "model_quiet")
    assert (again.status, again.error_code) == (DocumentStatus.QUEUED, None)


REFUSED = [
    ("a.txt", "text/plain", b"", InvalidError, "document_empty"),
    ("a.txt", "text/plain", b"a" * 1_000_001, TooLargeError, "document_too_large"),
    ("a.json", "application/json", b"{}", UnsupportedError, "document_type_unsupported"),
    ("a.txt", "text/plain", PNG, UnsupportedError, "document_type_mismatch"),
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
    added = [(await add(documents, space, f"number {n}".encode())).document_id for n in range(5)]

    listed: list[UUID] = []
    cursor = None
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
    mine, other = await add(documents, space), await new_space()
    key = mine.model_copy(update={"scope": other})

    for attempt in (
        documents.get(other, key.document_id),
        documents.original(key),
        documents.delete(other, key.document_id),
        documents.update(other, key.document_id, title="mine"),
        documents.refresh(other, USER, key.document_id),
        replace(documents, key, b"mine"),
        documents.keep_original(key, name="a.txt", media_type="text/plain", data=b"mine"),
        documents.keep_passages(key, "", three()),
        documents.passages_without_vector(key, "m", 0, 1),
        documents.keep_vectors(key, "m", [], None),
        documents.pictures(key),
        documents.keep_picture(key, uuid4(), caption="x", model=None, vector=None),
        documents.finish(key, DocumentStatus.READY),
    ):
        with pytest.raises(NotFoundError) as hidden:
            await attempt
        assert hidden.value.code == "document_not_found"
    assert not (await documents.page(other, limit=10, cursor=None)).items
    assert await documents.known(other, [key.document_id]) == frozenset()
    assert await documents.known(space, [key.document_id, uuid4()]) == {key.document_id}


async def test_a_document_is_published_whole_or_not_at_all(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    key = await add(documents, space)
    await documents.keep_passages(key, "Title", three())

    with pytest.raises(ConflictError) as early:
        await documents.finish(key, DocumentStatus.READY)
    hidden = await counted(database, space, key.document_id)
    await embed(documents, key)
    await documents.finish(key, DocumentStatus.READY)

    assert early.value.code == "ingestion_incomplete"
    assert hidden == {"passages": 3, "vectors": 0, "searchable": 0, "bills": 0}
    assert await counted(database, space, key.document_id) == {
        "passages": 3,
        "vectors": 3,
        "searchable": 3,
        "bills": 1,
    }
    ready = await documents.get(space, key.document_id)
    assert (ready.status, ready.progress, ready.title) == (DocumentStatus.READY, 1.0, "Title")
    assert (ready.passages, ready.embedded, ready.live_version) == (3, 3, 1)


async def test_progress_follows_the_vectors_and_every_change_has_its_number(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space)
    seen = [await documents.get(space, key.document_id)]
    await documents.keep_passages(key, "", three())
    seen.append(await documents.get(space, key.document_id))
    for index in range(3):
        [(passage, text)] = await documents.passages_without_vector(key, "m", index, 1)
        await documents.keep_vectors(key, "m", [(passage, vector_of(text))], None)
        seen.append(await documents.get(space, key.document_id))

    progress = [document.progress for document in seen]
    assert progress == sorted(progress)
    assert progress[0] == 0.0
    assert progress[-1] == pytest.approx(0.95)
    assert [document.embedded for document in seen] == [0, 0, 1, 2, 3]
    numbers = [document.changed for document in seen]
    assert numbers == sorted(set(numbers))


async def test_reading_again_keeps_the_vectors_of_what_stayed(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space)
    await documents.keep_passages(key, "", three())
    await embed(documents, key)

    changed = [*three()[:2], NewPassage(2, "other", "", 2, 3), NewPassage(3, "more", "", 3, 4)]
    await documents.keep_passages(key, "", changed)

    missing = await documents.passages_without_vector(key, "m", 0, 10)
    assert [text.split("\n\n")[1] for _, text in missing] == ["other", "more"]


async def test_reading_fewer_passages_again_forgets_the_others(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    key = await add(documents, space)
    await documents.keep_passages(key, "", three())
    await documents.keep_passages(key, "", three()[:1])

    assert (await counted(database, space, key.document_id))["passages"] == 1


async def test_a_late_attempt_changes_nothing_of_a_ready_document(
    documents: PostgresDocuments, database: Database, space: Scope
) -> None:
    key = await add(documents, space)
    await make_ready(documents, key)
    before = await counted(database, space, key.document_id)

    await documents.keep_passages(key, "", three("late"))
    await documents.finish(key, DocumentStatus.PROCESSING)
    await documents.finish(key, DocumentStatus.FAILED, error_code="late")

    assert (await documents.get(space, key.document_id)).status is DocumentStatus.READY
    assert await counted(database, space, key.document_id) == before


async def test_a_vector_of_the_wrong_length_is_named(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space)
    await documents.keep_passages(key, "", three())
    [(passage, _)] = await documents.passages_without_vector(key, "m", 0, 1)
    with pytest.raises(ModelGarbledError):
        await documents.keep_vectors(key, "m", [(passage, [1.0] * 4_000)], None)


async def test_what_a_person_says_stands_over_what_the_file_says(
    documents: PostgresDocuments, space: Scope
) -> None:
    document, _ = await documents.add(
        space,
        USER,
        title="",
        name="a.txt",
        media_type="",
        data=b"said",
        metadata=Metadata(author="Ann", keywords=("Brand", "brand", " tone ")),
    )
    key = key_of(space, document)
    of_file = Metadata("The file", "en-GB", date(2026, 5, 1), ("other",))
    await documents.keep_passages(key, "Of the file", three(), metadata=of_file)
    read = await documents.get(space, document.id)
    named = await documents.update(space, document.id, title="Mine")
    cleared = await documents.update(space, document.id, metadata=Metadata(language="de"))

    assert read.title == "Of the file"
    assert read.metadata == Metadata("Ann", "en", date(2026, 5, 1), ("Brand", "tone"))
    assert (named.title, named.metadata) == ("Mine", read.metadata)
    assert cleared.metadata == Metadata("The file", "de", date(2026, 5, 1), ("other",))
    assert cleared.title == "Mine"
    assert (await documents.update(space, document.id, title=" ")).title == "Of the file"


async def test_a_document_is_found_by_the_title_that_it_is_given(
    documents: PostgresDocuments, passages: PostgresPassages, space: Scope
) -> None:
    waiting, key = await add(documents, space, b"waiting"), await add(documents, space)
    await documents.keep_passages(key, "scan0001", three())
    await embed(documents, key)
    await documents.finish(key, DocumentStatus.READY)

    await documents.update(space, waiting.document_id, title="Lease waiting")
    await documents.update(space, key.document_id, title="Lease Hamburg")

    assert len(await passages.lexical(space, "lease", limit=9)) == 3
    assert not await passages.lexical(space, "scan0001", limit=9)
    await documents.delete(space, key.document_id)
    assert not await passages.lexical(space, "lease hamburg", limit=9)


@pytest.mark.parametrize(
    "metadata",
    [
        Metadata(author="a" * 201),
        Metadata(language="english"),
        Metadata(keywords=("k" * 101,)),
        Metadata(keywords=tuple(str(n) for n in range(51))),
    ],
)
async def test_a_persons_words_have_limits(
    documents: PostgresDocuments, space: Scope, metadata: Metadata
) -> None:
    with pytest.raises(InvalidError) as refused:
        await documents.add(
            space, USER, title="", name="a.txt", media_type="", data=b"x", metadata=metadata
        )

    assert refused.value.code == "metadata_invalid"


async def test_a_files_own_words_are_cut_where_they_are_too_long(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space)
    words = Metadata("a" * 999, "gibberish", None, tuple("k" * 200 + str(n) for n in range(99)))
    await documents.keep_passages(key, "t" * 999 + "\x00", three(), metadata=words)

    found = await documents.get(space, key.document_id)
    assert (len(found.title), len(found.metadata.author or "")) == (200, 200)
    assert (found.metadata.language, len(found.metadata.keywords)) == (None, 1)


async def test_a_better_caption_is_said_by_its_passage_and_embedded_anew(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space)
    passages = [*three(), NewPassage(3, "Picture: logo.png", "", 3, 4, page=2)]
    picture = NewPicture(0, PNG, "logo.png", 10, 20, page=2, passage=3)
    await documents.keep_passages(key, "", passages, pictures=[picture])
    await embed(documents, key)
    [(picture_id, kept)] = await documents.pictures(key)

    await documents.keep_picture(
        key, picture_id, caption="A red fox.", model="eyes", vector=[0.6, 0.8]
    )

    assert kept == picture
    [(_, text)] = await documents.passages_without_vector(key, "m", 0, 10)
    assert text.endswith("Picture: A red fox.")
    [(_, better)] = await documents.pictures(key)
    assert better.caption == "A red fox."
    assert await documents.pictures(key, without="eyes") == []
    assert len(await documents.pictures(key, without="others")) == 1
    assert await documents.pictures(key, start=1) == []
    assert (await documents.get(space, key.document_id)).pictures == 1


async def test_a_list_has_what_its_filters_say(documents: PostgresDocuments, space: Scope) -> None:
    guide = (await add(documents, space, b"a guide")).document_id
    await documents.update(space, guide, title="Brand 100%_guide")
    failed = await add(documents, space, b"bad")
    await documents.finish(failed, DocumentStatus.FAILED, error_code="unreadable")

    async def ids(
        query: str | None, status: DocumentStatus | None = None, media_type: str | None = None
    ) -> list[UUID]:
        page = await documents.page(
            space, limit=9, cursor=None, status=status, query=query, media_type=media_type
        )
        return [document.id for document in page.items]

    assert await ids("BRAND 100%_") == [guide]
    assert await ids("brand__") == []
    assert await ids("a.TXT") == [failed.document_id, guide]
    assert await ids(None, DocumentStatus.FAILED) == [failed.document_id]
    assert await ids("brand", DocumentStatus.FAILED) == []
    assert await ids("brand", None, "text/plain") == [guide]
    assert await ids(None, None, "application/pdf") == []


async def test_the_passages_that_searches_find_are_read_in_order(
    documents: PostgresDocuments, space: Scope
) -> None:
    key = await add(documents, space)
    await documents.keep_passages(key, "", [*three(), NewPassage(3, "last", "A > B", 9, 13, 7)])
    staged = await documents.passages(space, key.document_id, limit=9, cursor=None, at=None)
    await embed(documents, key)
    await documents.finish(key, DocumentStatus.READY)

    first = await documents.passages(space, key.document_id, limit=3, cursor=None, at=None)
    rest = await documents.passages(
        space, key.document_id, limit=3, cursor=first.next_cursor, at=None
    )
    last = rest.items[0]
    near = await documents.passages(space, key.document_id, limit=9, cursor=None, at=last.id)
    lost = await documents.passages(space, key.document_id, limit=9, cursor=None, at=uuid4())

    assert (staged.items, rest.next_cursor) == ([], None)
    assert [one.index for one in (*first.items, *rest.items)] == [0, 1, 2, 3]
    assert (last.text, last.heading, last.page) == ("last", "A > B", 7)
    assert [one.index for one in near.items] == [1, 2, 3]
    assert len(lost.items) == 4


async def test_passages_of_a_foreign_document_are_unknown(
    documents: PostgresDocuments, space: Scope, new_space: NewSpace
) -> None:
    key = await add(documents, space)
    with pytest.raises(NotFoundError):
        await documents.passages(await new_space(), key.document_id, limit=9, cursor=None, at=None)
