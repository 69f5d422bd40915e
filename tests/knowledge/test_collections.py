"""Collections: what they hold, and what they refuse."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.store import collections as store
from adapters.store.collections import PostgresCollections
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import Collection, Document
from models.errors import AppError, ConflictError, LimitError, NotFoundError
from models.payloads.knowledge import Chunker, Chunking
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace
from tests.knowledge.material import USER

BRAND = Collection("brand", "Guides", Chunking(chunker=Chunker.SENTENCE, size=800, overlap=0), 30.0)


async def put(documents: PostgresDocuments, scope: Scope, collection: str, data: bytes) -> Document:
    document, _ = await documents.add(
        scope, USER, title="", name="a.txt", media_type="", data=data, collection=collection
    )
    return document


async def names(collections: PostgresCollections, scope: Scope) -> dict[str, int]:
    return {found.name: found.documents for found in await collections.all(scope)}


async def refused(attempt: Awaitable[object], kind: type[AppError], code: str) -> None:
    with pytest.raises(kind) as error:
        await attempt
    assert error.value.code == code


async def test_general_is_there_without_being_made(
    collections: PostgresCollections, documents: PostgresDocuments, space: Scope
) -> None:
    assert await names(collections, space) == {"general": 0}
    assert await collections.get(space, "general") == Collection("general")

    await put(documents, space, "general", b"one")

    assert await names(collections, space) == {"general": 1}


async def test_general_can_be_set_up_before_its_first_document(
    collections: PostgresCollections, documents: PostgresDocuments, space: Scope
) -> None:
    chunking = Chunking(size=900)
    await collections.update(space, Collection("general", "All", chunking))
    await put(documents, space, "general", b"one")

    found = await collections.get(space, "general")
    assert (found.description, found.chunking, found.documents) == ("All", chunking, 1)


async def test_a_collection_is_made_changed_and_removed(
    collections: PostgresCollections, space: Scope
) -> None:
    made = await collections.create(space, BRAND)
    await refused(collections.create(space, BRAND), ConflictError, "collection_exists")
    changed = await collections.update(space, Collection("brand", "Others"))
    await collections.delete(space, "brand")

    assert (made.description, made.chunking, made.recency_days) == ("Guides", BRAND.chunking, 30.0)
    assert (changed.description, changed.chunking, changed.recency_days) == (
        "Others",
        Chunking(),
        None,
    )
    assert await names(collections, space) == {"general": 0}


async def test_the_unknown_and_the_foreign_are_not_found(
    collections: PostgresCollections,
    documents: PostgresDocuments,
    space: Scope,
    new_space: NewSpace,
) -> None:
    other = await new_space()
    await collections.create(other, BRAND)
    mine = await put(documents, space, "general", b"one")

    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: collections.get(space, "brand"),
        lambda: collections.update(space, BRAND),
        lambda: collections.delete(space, "brand"),
        lambda: put(documents, space, "brand", b"two"),
        lambda: documents.update(space, mine.id, collection="brand"),
        lambda: documents.add_url(
            space, USER, url="https://example.com", title="", collection="brand"
        ),
    ]
    for attempt in attempts:
        await refused(attempt(), NotFoundError, "collection_not_found")
    assert await names(collections, space) == {"general": 1}


async def test_one_with_documents_stays_until_they_are_elsewhere(
    collections: PostgresCollections, documents: PostgresDocuments, space: Scope
) -> None:
    await collections.create(space, BRAND)
    document = await put(documents, space, "brand", b"one")
    await refused(collections.delete(space, "brand"), ConflictError, "collection_not_empty")
    listed = await documents.page(space, limit=9, cursor=None, collection="brand")

    moved = await documents.update(space, document.id, collection="general")
    await collections.delete(space, "brand")

    assert [found.id for found in listed.items] == [document.id]
    assert moved.collection == "general"
    assert await names(collections, space) == {"general": 1}
    await refused(collections.delete(space, "general"), ConflictError, "collection_permanent")


async def test_a_document_and_the_removal_of_its_collection_leave_no_orphan(
    collections: PostgresCollections, documents: PostgresDocuments, new_space: NewSpace
) -> None:
    async def race(number: int) -> None:
        space = await new_space()
        await collections.create(space, BRAND)
        added, removed = await asyncio.gather(
            put(documents, space, "brand", b"%d" % number),
            collections.delete(space, "brand"),
            return_exceptions=True,
        )
        counts = await names(collections, space)
        if isinstance(added, Document):
            assert isinstance(removed, ConflictError)
            assert counts == {"brand": 1, "general": 0}
        else:
            assert isinstance(added, NotFoundError)
            assert (removed, counts) == (None, {"general": 0})

    await asyncio.gather(*(race(number) for number in range(8)))


async def test_there_is_a_most_also_when_they_are_made_at_once(
    collections: PostgresCollections, space: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_COLLECTIONS", 5)

    made = await asyncio.gather(
        *(collections.create(space, Collection(f"c{number}")) for number in range(9)),
        return_exceptions=True,
    )

    refusals = [error for error in made if isinstance(error, LimitError)]
    assert [error.code for error in refusals] == ["collections_full"] * 4
    assert len(await names(collections, space)) == 6
