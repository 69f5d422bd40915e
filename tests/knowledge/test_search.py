"""Search finds by words and by meaning, always enough, and what is live alone."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import numpy as np
import pytest

from adapters.search import semantic
from adapters.search.postgres import PostgresPassages
from adapters.search.vector import signs, unit, written
from adapters.store.database import Database
from domain.ports.search import Candidate
from models.errors import ConflictError, InvalidError, ModelGarbledError
from models.payloads.knowledge import Filters
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace
from tests.knowledge.material import shared, vector_of
from tests.knowledge.shelf import MODEL, Book, Shelf, a_book, ids_of, texts_of


@pytest.fixture
def shelf(database: Database, space: Scope) -> Shelf:
    return Shelf(database, space)


def nearest(texts: Sequence[str], query: str, count: int) -> list[int]:
    """By exact cosine, best first."""
    scores = np.array([vector_of(text) for text in texts]) @ np.array(vector_of(query))
    return [int(place) for place in np.argsort(-scores, kind="stable")[:count]]


async def test_a_question_in_whole_sentences_finds_its_passage(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    ids = await shelf.put(
        a_book("Refunds are paid within 14 days.", "Our colours are blue.", "The office dog.")
    )

    found = await passages.lexical(
        shelf.scope, "How long does it take until I am refunded?", limit=5
    )

    assert ids_of(found) == [ids[0]]
    assert found[0].score > 0


async def test_a_headings_words_find_the_passages_below_it(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    ids = await shelf.put(replace(a_book("Paid within 14 days."), heading="Terms > Refunds"))
    title = await shelf.put(replace(a_book("Nothing said."), title="Brand voice"))

    assert ids_of(await passages.lexical(shelf.scope, "refund", limit=5)) == ids
    assert ids_of(await passages.lexical(shelf.scope, "brand voice", limit=5)) == title


async def test_the_nearest_by_cosine_come_first_with_their_cosines(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    texts = texts_of(1, 40)
    ids = await shelf.put(a_book(*texts))

    found = await passages.semantic(shelf.scope, vector_of("amber cedar"), model=MODEL, limit=40)

    by_hand = np.array([vector_of(text) for text in texts]) @ np.array(vector_of("amber cedar"))
    cosines = dict(zip(ids, by_hand.tolist(), strict=True))
    assert {one.passage_id: one.score for one in found} == pytest.approx(cosines, abs=2e-3)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


async def test_vectors_of_fewer_dimensions_keep_their_cosines(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    vectors = [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, -2.0]]
    ids = await shelf.put(Book(["one", "two", "three"], vectors, model="small"))

    found = await passages.semantic(shelf.scope, [2.0, 0.0, 0.0], model="small", limit=3)

    assert ids_of(found) == ids
    assert [one.score for one in found] == pytest.approx([1.0, 0.6, 0.0], abs=1e-3)


async def test_an_unpublished_document_is_not_found(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    await shelf.stage(a_book("A secret draft."))

    assert not await passages.lexical(shelf.scope, "secret draft", limit=5)
    assert not await passages.semantic(shelf.scope, vector_of("secret"), model=MODEL, limit=5)


@pytest.mark.parametrize("size", [1, 9, 10, 11, 300])
async def test_a_space_of_any_size_gives_as_many_as_it_has(
    passages: PostgresPassages, shelf: Shelf, size: int
) -> None:
    await shelf.put(a_book(*texts_of(2, size)))

    for limit in (1, 10, 200):
        found = await passages.semantic(shelf.scope, vector_of("fjord"), model=MODEL, limit=limit)
        assert len(set(ids_of(found))) == min(limit, size)


async def test_real_texts_are_found_as_the_exact_answer_has_them(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    source = shared("retrieval", "mtrag-un") / "reference.jsonl"
    tasks = [json.loads(line) for line in source.read_text().splitlines()[:40]]
    texts = list({c["text"].strip(): None for task in tasks for c in task["contexts"]})
    ids = await shelf.put(a_book(*texts))

    kept = 0
    for task in tasks[:15]:
        query = task["input"][-1]["text"]
        found = await passages.semantic(shelf.scope, vector_of(query), model=MODEL, limit=10)
        truth = {ids[place] for place in nearest(texts, query, 10)}
        kept += len(truth & set(ids_of(found)))
        assert len(found) == 10

    assert kept >= 0.95 * 15 * 10


FILTERED = [
    (Filters(collections=("brand",)), {"brand"}),
    (Filters(collections=("brand", "press")), {"brand", "press"}),
    (Filters(authors=("ANN LEE",)), {"brand"}),
    (Filters(languages=("DE", "fr")), {"press"}),
    (Filters(keywords=("Launch",)), {"brand", "press"}),
    (Filters(published_from=date(2026, 1, 1)), {"press"}),
    (Filters(published_to=date(2026, 1, 1)), {"brand"}),
    (Filters(published_from=date(2025, 5, 5), published_to=date(2025, 5, 5)), {"brand"}),
    (Filters(collections=("brand",), languages=("de",)), set()),
    (Filters(authors=("nul \x00 and \ud800",)), set()),
    (Filters(), {"brand", "press", "other"}),
]


@pytest.mark.parametrize(("filters", "left"), FILTERED, ids=range(len(FILTERED)))
@pytest.mark.parametrize("few", [0, 2_000])
async def test_filters_leave_all_that_they_should_and_nothing_else(
    passages: PostgresPassages,
    shelf: Shelf,
    filters: Filters,
    left: set[str],
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(semantic, "FEW", few)
    books = {
        "brand": replace(
            a_book(*texts_of(3, 12)),
            collection="brand",
            author="Ann Lee",
            published_on=date(2025, 5, 5),
            keywords=("Tone", "LAUNCH"),
        ),
        "press": replace(
            a_book(*texts_of(4, 12)),
            collection="press",
            language="de",
            published_on=date(2026, 5, 5),
            keywords=("launch",),
        ),
        "other": a_book(*texts_of(5, 12)),
    }
    ids = {name: set(await shelf.put(book)) for name, book in books.items()}
    expected = set().union(*(ids[name] for name in left))

    meant = await passages.semantic(
        shelf.scope, vector_of("amber"), model=MODEL, limit=50, filters=filters
    )
    said = await passages.lexical(shelf.scope, " ".join(texts_of(3, 3)), limit=50, filters=filters)

    assert set(ids_of(meant)) == expected
    assert set(ids_of(said)) <= expected
    assert bool(said) == bool(expected)


async def test_a_filter_by_documents_finds_enough_in_one_of_many(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    # All others are nearer to the question.
    for _ in range(5):
        await shelf.put(a_book(*["amber amber"] * 60))
    far = a_book(*[f"basalt {number}" for number in range(15)])
    ids = await shelf.put(far)

    found = await passages.semantic(
        *(shelf.scope, vector_of("amber")),
        model=MODEL,
        limit=10,
        filters=Filters(documents=(far.id, uuid4())),
    )

    assert len(found) == 10
    assert set(ids_of(found)) <= set(ids)


async def test_what_is_loaded_keeps_its_order_and_leaves_out_what_is_not_live(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    book = replace(a_book(*texts_of(6, 3)), heading="Part", published_on=date(2026, 5, 5))
    ids = await shelf.put(book)
    draft = await shelf.stage(a_book("A draft."))

    found = await passages.load(
        shelf.scope, [ids[2], uuid4(), draft[0], ids[0]], query="amber", vectors=True
    )

    assert [one.passage.source.passage_id for one in found] == [ids[2], ids[0]]
    first = found[0]
    assert first.passage.text == book.texts[2]
    assert first.passage.source.heading == "Part"
    assert first.passage.source.document_id == book.id
    assert (first.passage.source.page, first.published_on) == (1, date(2026, 5, 5))
    assert first.vector is not None
    assert np.linalg.norm(first.vector) == pytest.approx(1)
    assert np.dot(first.vector, book.vectors[2]) == pytest.approx(1, abs=1e-3)
    plain = await passages.load(shelf.scope, ids, query="")
    assert [one.vector for one in plain] == [None] * 3


async def test_passages_of_documents_come_in_their_order(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    one, other = a_book(*texts_of(7, 3)), a_book(*texts_of(8, 3))
    first, second = await shelf.put(one), await shelf.put(other)

    found = await passages.of_documents(shelf.scope, [other.id, uuid4(), one.id], limit=5)

    assert found == [*second, *first[:2]]


async def test_pictures_are_found_by_what_they_look_like(
    passages: PostgresPassages, shelf: Shelf
) -> None:
    brand = replace(a_book("A page."), collection="brand")
    other = a_book("Another.")
    await shelf.put(brand)
    await shelf.put(other)
    near = await shelf.picture(brand.id, [0.9, 0.1, 0.0], "The logo")
    far = await shelf.picture(other.id, [0.0, 1.0, 0.0], "A chart")
    await shelf.picture(other.id, [1.0, 0.0], "Of fewer numbers")
    await shelf.picture(other.id, [1.0, 0.0, 0.0], "Another model's", model="other")
    await shelf.picture(other.id, [1.0, 0.0, 0.0], "Of an old version", version=2)

    found = await passages.pictures(shelf.scope, [1.0, 0.0, 0.0], model="visual", limit=5)
    brands = await passages.pictures(
        *(shelf.scope, [0.0, 1.0, 0.0]),
        model="visual",
        limit=5,
        filters=Filters(collections=("brand",)),
    )

    assert [one.picture_id for one in found] == [near, far]
    assert (found[0].caption, found[0].collection) == ("The logo", "brand")
    assert found[0].score == pytest.approx(0.9939, abs=1e-3)
    assert [one.picture_id for one in brands] == [near]


HOSTILE = [
    "",
    "the of and",
    "a & b | !c <-> (d:*)",
    "'; DROP TABLE passage; --",
    '-amber "cedar',
    "nul \x00 and \ud800",
    "http://a.example/x?a=1&b='\\",
    "word " * 20_000,
    " ".join(f"w{number}" for number in range(20_000)),
    "x" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_any_text_is_a_query(passages: PostgresPassages, shelf: Shelf, text: str) -> None:
    ids = await shelf.put(a_book("amber cedar", "delta ember"))

    found = await passages.lexical(shelf.scope, f"{text} amber"[-100_000:], limit=5)
    await passages.lexical(shelf.scope, text, limit=5)
    loaded = await passages.load(shelf.scope, ids, query=text)

    assert set(ids_of(found)) <= set(ids)
    assert len(loaded) == 2


@pytest.mark.parametrize("limit", [0, -1, 201, 10**6])
async def test_a_senseless_number_of_results_is_refused(
    passages: PostgresPassages, space: Scope, limit: int
) -> None:
    for search in (
        passages.lexical(space, "amber", limit=limit),
        passages.semantic(space, vector_of("amber"), model=MODEL, limit=limit),
        passages.of_documents(space, [uuid4()], limit=limit),
    ):
        with pytest.raises(InvalidError) as refused:
            await search
        assert refused.value.code == "top_k_invalid"


@pytest.mark.parametrize(
    "vector", [[], [0.0] * 8, [float("nan")] * 8, [float("inf"), 1.0], [1.0] * 3_073]
)
async def test_what_is_no_vector_is_refused_by_name(
    passages: PostgresPassages, shelf: Shelf, vector: list[float]
) -> None:
    for search in (
        passages.semantic(shelf.scope, vector, model=MODEL, limit=5),
        passages.pictures(shelf.scope, vector, model=MODEL, limit=5),
        shelf.stage(Book(["amber"], [vector])),
    ):
        with pytest.raises(ModelGarbledError):
            await search


async def test_another_models_vector_is_told_so(passages: PostgresPassages, shelf: Shelf) -> None:
    await shelf.put(a_book("amber"))

    with pytest.raises(ConflictError) as refused:
        await passages.semantic(shelf.scope, vector_of("amber"), model="another", limit=5)

    assert refused.value.code == "embedding_model_changed"


async def test_a_search_sees_all_of_one_version_or_all_of_the_other(
    passages: PostgresPassages, shelf: Shelf, database: Database
) -> None:
    book = a_book(*["amber old"] * 4)
    await shelf.put(book)
    newer = replace(a_book(*["amber new"] * 6), id=book.id, version=2)
    await shelf.stage(newer)

    async with database.transaction(shelf.scope) as reading:
        await reading.snapshot()
        await reading.take_vectors()
        before = await _by_meaning(reading.fetch, shelf.scope)
        await shelf.publish(newer)
        during = await _by_meaning(reading.fetch, shelf.scope)
    after = await passages.semantic(shelf.scope, vector_of("amber"), model=MODEL, limit=9)

    assert len(before) == len(during) == 4
    assert len(after) == 6
    assert not set(ids_of(after)) & set(before)
    said = await passages.lexical(shelf.scope, "amber old new", limit=9)
    assert set(ids_of(said)) == set(ids_of(after))


async def _by_meaning(fetch: object, scope: Scope) -> list[UUID]:
    assert callable(fetch)
    vector = unit(vector_of("amber"))
    rows = await fetch(semantic.EXACT, scope.space_id, written(vector), MODEL, 50, 9, signs(vector))
    return [UUID(int=row["passage_id"].int) for row in rows]


async def test_searches_of_an_empty_space_find_nothing(
    passages: PostgresPassages, new_space: NewSpace
) -> None:
    empty = await new_space()
    found: list[Sequence[Candidate]] = [
        await passages.lexical(empty, "amber", limit=5),
        await passages.semantic(empty, vector_of("amber"), model=MODEL, limit=5),
    ]

    assert found == [[], []]
    assert not await passages.load(empty, [uuid4()], query="")
