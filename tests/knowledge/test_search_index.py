"""What a document leaves in the index while it is live, and that nothing stays afterwards."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from adapters.search import cells, semantic
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors, missing_of_document
from adapters.store.database import Database
from domain import lexical
from domain.clustering import clustered
from domain.ports.transcript import UsageEntry
from models.errors import ConflictError
from models.payloads.chat import Usage
from models.payloads.knowledge import Filters
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace
from tests.knowledge.material import vector_of
from tests.knowledge.shelf import MODEL, WORDS, Book, Shelf, a_book, ids_of, texts_of
from tests.knowledge.test_bm25 import by_formula

TABLES = (
    "posting",
    "passage_code",
    "passage_vector",
    "indexed_document",
    "space_cell",
    "cell_centre",
)


@pytest.fixture
def shelf(database: Database, space: Scope) -> Shelf:
    return Shelf(database, space)


@pytest.fixture(scope="session")
def vectors(database: Database) -> PostgresVectors:
    return PostgresVectors(database)


async def rows_of(shelf: Shelf) -> dict[str, int]:
    async with shelf.database.transaction(shelf.scope) as session:
        return {
            table: (await session.fetch(f"SELECT count(*) FROM {table}"))[0]["count"]
            for table in TABLES
        }


async def state_of(shelf: Shelf) -> dict[str, object]:
    async with shelf.database.transaction(shelf.scope) as session:
        row = await session.first(
            "SELECT model, passages, terms, next_number, free FROM space_index"
        )
    assert row is not None
    return dict(row)


async def test_nothing_of_a_withdrawn_document_stays(shelf: Shelf) -> None:
    kept, gone = a_book(*texts_of(1, 5)), a_book("canary amber", "amber quay", "canary")
    await shelf.put(kept)
    before = await rows_of(shelf), await state_of(shelf)
    await shelf.put(gone)

    await shelf.take(gone.id)

    after = await rows_of(shelf), await state_of(shelf)
    assert after[0] == before[0]
    assert {**after[1], "free": [], "next_number": 5} == before[1]
    async with shelf.database.transaction(shelf.scope) as session:
        found = await session.fetch("SELECT 1 FROM posting WHERE term IN ('canari', 'quay')")
    assert not found


async def test_it_is_taken_out_also_when_words_are_cut_differently_by_then(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = a_book("canary amber")
    await shelf.put(book)
    monkeypatch.setattr(lexical, "terms", lambda _: [])

    await shelf.take(book.id)

    assert set((await rows_of(shelf)).values()) == {0}


async def test_an_emptied_space_begins_anew_by_whichever_model(
    shelf: Shelf, vectors: PostgresVectors
) -> None:
    book = a_book("amber")
    await shelf.put(book)
    await shelf.take(book.id)
    assert await vectors.model(shelf.scope) is None

    await shelf.put(replace(a_book("amber"), model="another"))

    assert await vectors.model(shelf.scope) == "another"


async def test_a_document_without_passages_or_vectors_is_not_published(shelf: Shelf) -> None:
    await shelf.put(a_book("amber"))
    incomplete = (
        Book([], []),
        Book(["amber", "cedar"], [vector_of("amber")]),
        replace(a_book("amber"), model="another"),
    )
    for book in incomplete:
        with pytest.raises(ConflictError) as refused:
            await shelf.put(book)
        assert refused.value.code == "ingestion_incomplete"

    assert (await rows_of(shelf))["passage_code"] == 1


async def test_a_new_version_that_is_incomplete_leaves_the_old_one(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    book = a_book("amber")
    ids = await shelf.put(book)

    with pytest.raises(ConflictError):
        await shelf.put(Book(["amber", "new"], [vector_of("x")], id=book.id, version=2))

    assert ids_of(await passages.lexical(shelf.scope, "amber", limit=5)) == ids


async def test_numbers_are_given_again_so_that_lists_stay_dense(shelf: Shelf) -> None:
    book = a_book(*texts_of(2, 5))
    await shelf.put(book)
    for version in range(2, 6):
        await shelf.put(replace(book, version=version))

    state = await state_of(shelf)
    assert (state["passages"], state["next_number"], state["free"]) == (5, 5, [])


async def test_scores_are_by_what_is_live_after_any_comings_and_goings(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    chance = random.Random(3)  # noqa: S311 - a test's course
    live: dict[UUID, tuple[Book, list[UUID]]] = {}
    for step in range(30):
        if live and chance.random() < 0.4:
            gone = chance.choice(list(live))
            await shelf.take(gone)
            del live[gone]
        else:
            book = a_book(*texts_of(step, chance.randint(1, 6)))
            live[book.id] = book, await shelf.put(book)
    texts = {
        passage_id: lexical.terms(f"{book.title}\n{text}")
        for book, ids in live.values()
        for passage_id, text in zip(ids, book.texts, strict=True)
    }

    found = await passages.lexical(shelf.scope, "amber fjord notes", limit=200)

    numbered = dict(enumerate(texts.values()))
    truth = by_formula(numbered, lexical.terms("amber fjord notes"))
    by_id = dict(zip(texts, numbered, strict=True))
    assert {by_id[one.passage_id]: one.score for one in found} == pytest.approx(truth)


def blobs(
    count: int, clusters: int, seed: int
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Vectors around so many centres, in a random order."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((clusters, 64))
    return centres[chance.integers(clusters, size=count)] + 0.5 * chance.standard_normal(
        (count, 64)
    )


@pytest.fixture
def divided_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells as in a space of tens of thousands, in one of hundreds."""
    for module in (cells, semantic):
        monkeypatch.setattr(module, "UNDIVIDED", 100)
    monkeypatch.setattr(cells, "MOST", 40)
    monkeypatch.setattr(cells, "AIM", 20)
    monkeypatch.setattr(cells, "_PARTS", 4)
    monkeypatch.setattr(semantic, "PROBED", 120)


async def filled(
    shelf: Shelf, points: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> list[Book]:
    books = [
        replace(
            Book([f"amber {start}-{n}" for n in range(50)], points[start : start + 50].tolist()),
            collection="rare" if start % 200 == 0 else "general",
        )
        for start in range(0, len(points), 50)
    ]
    return [replace(book, ids=await shelf.put(book)) for book in books]


@pytest.mark.usefixtures("divided_early")
async def test_a_large_space_is_divided_and_its_cells_keep_count(shelf: Shelf) -> None:
    books = await filled(shelf, blobs(600, 12, seed=1))

    async def sizes() -> tuple[dict[int, int], dict[int, int]]:
        async with shelf.database.transaction(shelf.scope) as session:
            said = await session.fetch("SELECT cell, passages FROM space_cell")
            are = await session.fetch("SELECT cell FROM passage_code")
        return {row["cell"]: row["passages"] for row in said}, Counter(row["cell"] for row in are)

    said, are = await sizes()
    assert said == are
    assert sum(are.values()) == 600
    assert max(are.values()) <= 40
    for book in books[:11]:
        await shelf.take(book.id)
    said, are = await sizes()
    assert said == are
    assert sum(are.values()) == 50


@pytest.mark.usefixtures("divided_early")
async def test_cells_find_what_the_whole_space_has_nearest(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    points = blobs(600, 12, seed=2)
    books = await filled(shelf, points)
    ids = [passage_id for book in books for passage_id in book.ids]
    whole = points / np.linalg.norm(points, axis=1, keepdims=True)

    kept = 0
    queries = blobs(20, 12, seed=2)
    for query in queries:
        found = await passages.semantic(shelf.scope, query.tolist(), model=MODEL, limit=10)
        truth = {ids[place] for place in np.argsort(-(whole @ query))[:10]}
        kept += len(truth & set(ids_of(found)))
        assert len(found) == 10

    assert kept >= 0.95 * 20 * 10


@pytest.mark.usefixtures("divided_early")
@pytest.mark.parametrize("few", [0, 2_000])
async def test_a_large_space_never_gives_too_few(
    passages: PostgresPassages, shelf: Shelf, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semantic, "FEW", few)
    books = await filled(shelf, blobs(400, 12, seed=3))
    rare = {one for book in books if book.collection == "rare" for one in book.ids}

    for limit in (10, 120, 200):
        found = await passages.semantic(shelf.scope, [1.0] * 64, model=MODEL, limit=limit)
        assert len(set(ids_of(found))) == limit
    for limit in (10, 100, 200):
        found = await passages.semantic(
            *(shelf.scope, [1.0] * 64),
            model=MODEL,
            limit=limit,
            filters=Filters(collections=("rare",)),
        )
        assert len(found) == min(limit, len(rare))
        assert set(ids_of(found)) <= rare


@pytest.mark.usefixtures("divided_early")
async def test_passages_that_are_all_the_same_are_divided_too(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    await filled(shelf, np.ones((300, 64)))

    found = await passages.semantic(shelf.scope, [1.0] * 64, model=MODEL, limit=200)

    assert len(found) == 200
    assert (await rows_of(shelf))["space_cell"] >= 300 / 40


def test_clusters_are_those_that_there_are() -> None:
    points = blobs(500, 5, seed=4)
    codes = np.packbits(points > 0, axis=1)

    labels, centres = clustered(codes, 8, 100, seed=1)

    assert set(labels.tolist()) == set(range(len(centres)))
    assert max(Counter(labels.tolist()).values()) <= 100
    assert np.linalg.norm(centres, axis=1) == pytest.approx(1.0)
    again, _ = clustered(codes, 8, 100, seed=1)
    assert (labels == again).all()


def an_entry() -> UsageEntry:
    return UsageEntry("another", "embedding", Usage(input_tokens=9), None, None, "1")


@pytest.mark.usefixtures("divided_early")
async def test_a_space_goes_over_to_another_model_at_once_and_completely(
    passages: PostgresPassages,
    shelf: Shelf,
    vectors: PostgresVectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # All of it is read: which cells a passage falls into is left to chance.
    monkeypatch.setattr(semantic, "PROBED", 200)
    await filled(shelf, blobs(200, 4, seed=5))
    missing = list(await vectors.missing(shelf.scope, "another", None, 150))
    missing += await vectors.missing(shelf.scope, "another", missing[-1][0], 150)
    assert len({passage_id for passage_id, _ in missing}) == 200
    assert missing[0][1].startswith("Notes\n\namber ")
    made = [(passage_id, vector_of(text)) for passage_id, text in missing]

    await vectors.keep(shelf.scope, "another", made[:-1], an_entry())
    assert await vectors.switch(shelf.scope, "another") == 1
    assert await vectors.model(shelf.scope) == MODEL
    await vectors.keep(shelf.scope, "another", [*made[-2:], (UUID(int=1), [1.0])], None)
    assert await vectors.switch(shelf.scope, "another") == 0

    assert await vectors.model(shelf.scope) == "another"
    assert await vectors.switch(shelf.scope, "another") == 0
    rows = await rows_of(shelf)
    assert (rows["passage_vector"], rows["passage_code"]) == (200, 200)
    asked = missing[7][1]
    found = await passages.semantic(shelf.scope, vector_of(asked), model="another", limit=5)
    assert found[0].passage_id == missing[7][0]
    with pytest.raises(ConflictError):
        await passages.semantic(shelf.scope, [1.0], model=MODEL, limit=5)


async def test_spaces_whose_model_is_another_are_told_by_their_ids_alone(
    database: Database, vectors: PostgresVectors, new_space: NewSpace
) -> None:
    old, new, empty = [Shelf(database, await new_space()) for _ in range(3)]
    await old.put(replace(a_book("amber"), model="old"))
    await new.put(replace(a_book("amber"), model="new"))
    await new.stage(replace(a_book("draft"), model="old"))

    behind = await vectors.behind("new", 1_000)

    assert old.scope in behind
    assert new.scope not in behind
    assert empty.scope not in behind
    assert len(await vectors.behind("nobody's", 1)) == 1


async def test_a_document_is_asked_for_what_it_lacks_and_keeps_what_it_has(shelf: Shelf) -> None:
    book = Book(["one", "two", "three"], [vector_of("one")], heading="Part")
    ids = await shelf.stage(book)

    async with shelf.database.transaction(shelf.scope) as session:
        key = book.id, 1, MODEL
        kept = await session.fetch(
            "SELECT FROM passage_vector"
            " WHERE space_id = $1 AND passage_id = ANY($2) AND model = $3",
            *(shelf.scope.space_id, ids, MODEL),
        )
        assert len(kept) == 1
        assert await missing_of_document(session, *key, 0, 9) == [
            (ids[1], "Notes > Part\n\ntwo"),
            (ids[2], "Notes > Part\n\nthree"),
        ]
        assert [one for one, _ in await missing_of_document(session, *key, 2, 9)] == ids[2:]
        assert await missing_of_document(session, *key, 0, 1) == []
        assert len(await missing_of_document(session, book.id, 1, "another", 0, 9)) == 3


async def test_slides_of_one_name_are_told_apart_by_their_decks(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    # As decks are: the slide is called "Budget", and only the first one names the campaign.
    said = "We may spend that much"
    advent, easter = [
        Book([said], [vector_of("amber")], title=title, heading="Budget")
        for title in ("Advent campaign", "Easter campaign")
    ]
    named = Book([said], [vector_of("amber")], title="Plan", heading="Plan > Easter")
    await shelf.put(advent)
    wanted = await shelf.put(easter)
    await shelf.put(named)

    found = await passages.lexical(shelf.scope, "Easter campaign budget", limit=3)

    assert ids_of(found)[:1] == wanted
    async with shelf.database.transaction(shelf.scope) as session:
        embedded = await missing_of_document(session, easter.id, 1, "another", 0, 9)
        once = await missing_of_document(session, named.id, 1, "another", 0, 9)
    assert [text for _, text in embedded] == [f"Easter campaign > Budget\n\n{said}"]
    assert [text for _, text in once] == [f"Plan > Easter\n\n{said}"]


async def test_documents_that_come_and_go_at_once_leave_the_index_whole(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    books = [a_book(*texts_of(seed, 4)) for seed in range(40, 52)]
    for book in books[:6]:
        await shelf.put(book)
    staged = [await shelf.stage(book) for book in books[6:]]

    await asyncio.gather(
        *(shelf.take(book.id) for book in books[:6]), *(shelf.publish(book) for book in books[6:])
    )

    ids = {passage_id for some in staged for passage_id in some}
    state = await state_of(shelf)
    assert state["passages"] == len(ids) == (await rows_of(shelf))["passage_code"]
    meant = await passages.semantic(shelf.scope, vector_of("amber"), model=MODEL, limit=200)
    said = await passages.lexical(shelf.scope, " ".join(WORDS), limit=200)
    assert set(ids_of(meant)) == set(ids_of(said)) == ids
    terms = [lexical.terms(f"Notes\n{text}") for book in books[6:] for text in book.texts]
    assert state["terms"] == sum(map(len, terms))
