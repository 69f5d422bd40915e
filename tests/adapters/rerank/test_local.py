"""The reranker that needs no network: what it prefers, and that nothing given breaks it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.rerank import vocabulary
from adapters.rerank.local import LocalReranker
from models.errors import ModelRefusedError

FILLER = "The office opens at nine and the kitchen has coffee for everyone who comes early. "


@pytest.fixture(scope="module")
async def reranker() -> AsyncIterator[LocalReranker]:
    reranker = LocalReranker()
    reranker.preload()
    yield reranker
    reranker.close()


async def judged(reranker: LocalReranker, query: str, *texts: str) -> Sequence[float]:
    scores, usage = await reranker.rerank(query, texts)

    assert usage is None
    return scores


async def test_what_answers_overtakes_what_was_found_first(reranker: LocalReranker) -> None:
    scores = await judged(
        reranker,
        "Which colour does the logo have on dark backgrounds?",
        "Our newsletter is sent on Tuesdays.",
        "The logo is white on dark backgrounds, blue elsewhere.",
    )

    assert scores[1] > scores[0]


async def test_the_same_meaning_in_other_words_counts(reranker: LocalReranker) -> None:
    scores = await judged(
        reranker,
        "How do I cancel my subscription?",
        "The mountain is covered with snow in winter.",
        "Memberships can be terminated at the end of each month.",
    )

    assert scores[1] > scores[0]


async def test_endings_and_case_make_no_difference(reranker: LocalReranker) -> None:
    scores = await judged(reranker, "LAUNCHES", "bananas", "the launch of a product")

    assert scores[1] > scores[0]


async def test_an_answer_deep_in_a_long_text_is_seen(reranker: LocalReranker) -> None:
    scores = await judged(
        reranker,
        "refund period for annual plans",
        FILLER * 12,
        FILLER * 6 + "The refund period for annual plans is 30 days. " + FILLER * 6,
    )

    assert scores[1] > scores[0]


async def test_letters_without_spaces_are_read(reranker: LocalReranker) -> None:
    scores = await judged(reranker, "品牌颜色", "天气很好", "我们的品牌颜色是蓝色")

    assert scores[1] > scores[0]


async def test_where_nothing_tells_the_place_decides(reranker: LocalReranker) -> None:
    scores = await judged(reranker, "?!", "one", "two", "three")

    assert list(scores) == sorted(scores, reverse=True)
    assert len(set(scores)) == 3


async def test_no_texts_are_no_scores(reranker: LocalReranker) -> None:
    assert await judged(reranker, "anything") == []


async def test_more_texts_than_fit_are_refused(reranker: LocalReranker) -> None:
    with pytest.raises(ModelRefusedError) as refused:
        await reranker.rerank("a", ["b"] * (reranker.most + 1))

    assert refused.value.code == "rerank_too_many"


async def test_questions_asked_at_once_get_their_own_answers(reranker: LocalReranker) -> None:
    texts = ["red paint", "blue sky", "green grass"]
    alone = [await judged(reranker, text, *texts) for text in texts]

    together = await asyncio.gather(*(judged(reranker, text, *texts) for text in texts))

    assert together == alone


async def test_a_full_vocabulary_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_WORDS", 8)
    reranker = LocalReranker()
    before = await judged(reranker, "red car", "blue sky", "red cars")
    await judged(reranker, "a b c d e f g h i j", "k l m n o p q r s t")

    assert await judged(reranker, "red car", "blue sky", "red cars") == before
    reranker.close()


async def test_without_wordllama_words_and_place_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wordllama", None)
    reranker = LocalReranker()
    scores = await judged(reranker, "logo colour", "coffee at nine", "the colour of the logo")

    assert scores[1] > scores[0]
    reranker.close()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.lists(st.text(max_size=120), max_size=6))
async def test_any_text_gets_a_score_from_0_to_1(query: str, texts: list[str]) -> None:
    scores = SHARED.judged(query, texts)

    assert len(scores) == len(texts)
    assert all(0 <= score <= 1 for score in scores)


SHARED = LocalReranker()
