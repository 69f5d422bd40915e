"""A search answers with what it could do in time, and says what is missing."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from activities.query_vectors import EMBEDDED_CHARACTERS
from activities.retriever import QUERY_CHARACTERS, Retriever
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.store.collections import PostgresCollections
from adapters.store.database import Database
from domain.ports.model import Purpose
from domain.ports.search import FindRequest, Found
from models.errors import AppError, ModelOverloadedError, ModelUnavailableError, UnavailableError
from models.payloads.knowledge import Filters
from models.payloads.scope import Scope
from tests.knowledge.finding import (
    PATIENT,
    FewCollections,
    LengthReranker,
    ListEmbedders,
    ListIndex,
    NamedEmbedder,
    SpaceModel,
    a_retriever,
)
from tests.knowledge.material import a_scope, vector_of
from tests.knowledge.shelf import Book, Shelf

REFUND = "Customers get their money back within fourteen days of returning an article."
LOGO = "The logo is never placed on a patterned background."
ISLANDS = "Deliveries to islands take five working days."
PODCAST = "Our podcasts appear each Thursday at noon."
FACTS = (REFUND, LOGO, ISLANDS, PODCAST)
QUICK = timedelta(milliseconds=30)


def texts(found: Found) -> list[str]:
    return [passage.text for passage in found.passages]


async def test_both_searches_count_and_marks_run_from_one() -> None:
    embedder = NamedEmbedder()
    found = await a_retriever(ListIndex(*FACTS), embedder).find(
        a_scope(), FindRequest("When do podcasts appear?", top_k=3)
    )
    assert texts(found)[0] == PODCAST
    assert [passage.source.mark for passage in found.passages] == [1, 2, 3]
    assert found.passages[0].source.score == 1.0
    assert found.error is None
    assert [entry.kind for entry in found.usage] == ["embedding"]
    assert embedder.asked[0][1] is Purpose.QUERY


@pytest.mark.parametrize(
    ("call", "alone"),
    [
        ("lexical", FindRequest("podcasts appear", top_k=2, semantic_weight=0.0)),
        ("semantic", FindRequest("podcasts appear", top_k=2, lexical_weight=0.0)),
    ],
)
async def test_one_search_answers_when_the_other_is_late(call: str, alone: FindRequest) -> None:
    late = ListIndex(*FACTS)
    late.stuck = {call}
    # Alone: both have the same limit, which a slow machine might use up for the other as well.
    found = await a_retriever(late, limits=replace(PATIENT, search=QUICK)).find(a_scope(), alone)
    assert (texts(found), found.error) == ([], "search_timeout")

    index = ListIndex(*FACTS)
    index.failures = {call: UnavailableError("late", code="search_timeout")}
    found = await a_retriever(index).find(a_scope(), FindRequest("podcasts appear", top_k=2))
    assert (texts(found)[0], found.error) == (PODCAST, "search_timeout")


async def test_words_alone_answer_when_the_provider_fails_or_is_slow() -> None:
    failing, slow = NamedEmbedder(), NamedEmbedder()
    failing.failure, slow.stuck = ModelUnavailableError("down"), True
    for embedder, code in ((failing, "model_unavailable"), (slow, "embedding_timeout")):
        limits = replace(PATIENT, embedding=QUICK if embedder.stuck else PATIENT.embedding)
        retriever = a_retriever(ListIndex(*FACTS), embedder, limits=limits)
        found = await retriever.find(a_scope(), FindRequest("podcasts", top_k=3))
        assert (texts(found), found.error, found.usage) == ([PODCAST], code, ())


async def test_only_a_search_that_could_do_nothing_fails() -> None:
    index = ListIndex(*FACTS)
    index.failures = {
        "lexical": UnavailableError("away", code="store_unavailable"),
        "semantic": UnavailableError("away", code="store_unavailable"),
    }
    with pytest.raises(UnavailableError) as failed:
        await a_retriever(index).find(a_scope(), FindRequest("podcasts", top_k=3))
    assert failed.value.code == "store_unavailable"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (FindRequest("", 3), "query_empty"),
        (FindRequest(" \n\t", 3), "query_empty"),
        (FindRequest("x", 0), "top_k_invalid"),
        (FindRequest("x", -1), "top_k_invalid"),
        (FindRequest("x", 10**6), "top_k_invalid"),
        (FindRequest("x", 3, filters=Filters(collections=("lost",))), "collection_not_found"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(request_: FindRequest, code: str) -> None:
    with pytest.raises(AppError) as refused:
        await a_retriever(ListIndex(*FACTS)).find(a_scope(), request_)
    assert refused.value.code == code


async def test_a_very_long_query_is_cut() -> None:
    index, embedder = ListIndex(*FACTS), NamedEmbedder()
    await a_retriever(index, embedder).find(a_scope(), FindRequest("word " * 20_000, top_k=3))
    assert len(dict(index.asked)["lexical"]) == QUERY_CHARACTERS
    assert len(embedder.asked[0][0][0]) == EMBEDDED_CHARACTERS


async def test_a_space_with_another_model_is_asked_once_and_remembered() -> None:
    index, old, vectors = ListIndex(*FACTS, model="old"), NamedEmbedder("old"), SpaceModel("old")
    retriever = a_retriever(index, vectors=vectors, others=[old])
    scope = a_scope()
    for _ in range(3):
        found = await retriever.find(scope, FindRequest("podcasts appear", top_k=2))
        assert (texts(found)[0], found.error) == (PODCAST, None)
    assert vectors.asked == 1
    assert len(old.asked) == 3


async def test_a_space_whose_model_is_not_configured_is_searched_by_words() -> None:
    index = ListIndex(*FACTS, model="lost")
    found = await a_retriever(index, vectors=SpaceModel("lost")).find(
        a_scope(), FindRequest("podcasts", top_k=2)
    )
    assert (texts(found), found.error) == ([PODCAST], "embedding_model_unknown")


async def test_alternatives_are_searched_too_and_count_less() -> None:
    index = ListIndex(*FACTS)
    request = FindRequest("logo", top_k=4, alternatives=("deliveries islands", "logo", " "))
    found = await a_retriever(index).find(a_scope(), request)
    assert texts(found)[0] == LOGO
    assert ISLANDS in texts(found)[:3]
    assert sum(call == "lexical" for call, _ in index.asked) == 2


async def test_the_same_text_comes_once() -> None:
    found = await a_retriever(ListIndex(PODCAST, PODCAST.upper(), LOGO)).find(
        a_scope(), FindRequest("podcasts", top_k=3)
    )
    assert sorted(map(str.casefold, texts(found))) == sorted(map(str.casefold, (PODCAST, LOGO)))


async def test_the_reranker_decides_the_order_and_its_failure_does_not_matter() -> None:
    reranker = LengthReranker()
    retriever = a_retriever(ListIndex(*FACTS), reranker=reranker)
    request = FindRequest("podcasts", top_k=4)
    ranked = await retriever.find(a_scope(), request)
    assert texts(ranked) == sorted(FACTS, key=len, reverse=True)

    reranker.failure = ModelOverloadedError("busy")
    unranked = await retriever.find(a_scope(), request)
    assert (texts(unranked)[0], unranked.error) == (PODCAST, "model_overloaded")


async def test_a_reranker_that_takes_too_long_is_not_waited_for() -> None:
    reranker = LengthReranker()
    reranker.stuck = True
    limits = replace(PATIENT, reranking=QUICK)
    retriever = a_retriever(ListIndex(*FACTS), reranker=reranker, limits=limits)
    found = await retriever.find(a_scope(), FindRequest("podcasts", top_k=2))
    assert (texts(found)[0], found.error) == (PODCAST, "rerank_timeout")


async def test_who_wants_no_reranking_gets_none() -> None:
    reranker = LengthReranker()
    retriever = a_retriever(ListIndex(*FACTS), reranker=reranker)
    await retriever.find(a_scope(), FindRequest("podcasts", top_k=2, rerank=False))
    assert reranker.asked == []


async def test_a_ranking_without_weight_is_not_asked() -> None:
    index, embedder = ListIndex(*FACTS), NamedEmbedder()
    request = FindRequest("podcasts", top_k=2, semantic_weight=0.0)
    found = await a_retriever(index, embedder).find(a_scope(), request)
    assert (texts(found), embedder.asked) == ([PODCAST], [])


async def test_what_scores_too_little_is_left_out() -> None:
    request = FindRequest("podcasts appear each Thursday", top_k=4, min_score=0.95)
    found = await a_retriever(ListIndex(*FACTS)).find(a_scope(), request)
    assert texts(found) == [PODCAST]


async def test_passages_fit_their_budget_and_one_always_comes() -> None:
    retriever = a_retriever(ListIndex(*(f"podcast number {n} " * 40 for n in range(6))))
    one = await retriever.find(a_scope(), FindRequest("podcast 3", top_k=6, token_budget=1))
    some = await retriever.find(a_scope(), FindRequest("podcast 3", top_k=6, token_budget=600))
    assert len(one.passages) == 1
    assert 1 < len(some.passages) < 6


async def test_a_collection_is_asked_for_once_in_a_while() -> None:
    collections = FewCollections("brand")
    retriever = a_retriever(ListIndex(*FACTS), collections=collections)
    scope = a_scope()
    request = FindRequest("podcasts", 2, filters=Filters(collections=("brand", "general")))
    for _ in range(3):
        await retriever.find(scope, request)
    await retriever.find(a_scope(), request)
    assert collections.asked == ["brand", "brand"]


async def test_filters_reach_the_index() -> None:
    index, filters = ListIndex(*FACTS), Filters(documents=(uuid4(),))
    await a_retriever(index).find(a_scope(), FindRequest("podcasts", 2, filters=filters))
    assert index.filters == [filters]


async def test_the_real_index_is_searched_by_the_model_that_its_space_has(
    database: Database, passages: PostgresPassages, space: Scope
) -> None:
    vectors = [vector_of(text) for text in FACTS]
    await Shelf(database, space).put(Book(FACTS, vectors, model="old", collection="brand"))
    old = NamedEmbedder("old")
    retriever = Retriever(
        passages,
        ListEmbedders(NamedEmbedder("new"), old),
        PostgresVectors(database),
        PostgresCollections(database),
        limits=PATIENT,
    )
    brand = Filters(collections=("brand",))

    found = await retriever.find(space, FindRequest("podcasts on Thursday", 3, filters=brand))

    assert texts(found)[0] == PODCAST
    assert (len(found.passages), found.error, len(old.asked)) == (3, None, 1)
    assert found.passages[0].source.collection == "brand"
    nothing = await retriever.find(
        space, FindRequest("podcasts", 3, filters=Filters(collections=("general",)))
    )
    assert (nothing.passages, nothing.error) == ([], None)
    with pytest.raises(AppError) as refused:
        await retriever.find(space, FindRequest("x", 3, filters=Filters(collections=("lost",))))
    assert refused.value.code == "collection_not_found"
