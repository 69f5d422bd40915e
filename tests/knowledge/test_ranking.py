"""Rankings are fused by place; repetitions go, variety and age count a little."""

import hashlib
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ports.search import MOST_CANDIDATES, Loaded
from domain.ports.transcript import Passage
from domain.ranking import LEAST_SHARE, aged, distinct, diverse, fuse, score_of
from models.payloads.sources import Source

TODAY = date(2026, 6, 1)
LONG = "The brand speaks in short sentences and never shouts at the people who read it daily."


def found(
    text: str = "A passage.",
    score: float = 1.0,
    *,
    vector: list[float] | None = None,
    days: int | None = None,
    half_life: float | None = None,
) -> Loaded:
    source = Source(
        mark=0, passage_id=uuid4(), document_id=uuid4(), title="", snippet="", score=score
    )
    return Loaded(
        passage=Passage(source=source, text=text),
        content_hash=hashlib.sha256(" ".join(text.casefold().split()).encode()).digest(),
        published_on=None if days is None else TODAY - timedelta(days=days),
        recency_days=half_life,
        vector=vector,
    )


def texts(items: list[Loaded]) -> list[str]:
    return [item.passage.text for item in items]


def test_first_everywhere_scores_one() -> None:
    assert fuse([["a", "b"], ["a"]])[0].score == 1.0


def test_found_by_both_beats_found_by_one() -> None:
    ranked = fuse([["a", "x"], ["b", "x"]])

    assert [item.key for item in ranked] == ["x", "a", "b"]


def test_a_repeated_key_counts_once() -> None:
    assert fuse([["a", "a", "a"]]) == fuse([["a"]])


def test_weights_decide_between_streams() -> None:
    assert fuse([["a"], ["b"]], weights=[1.0, 2.0])[0].key == "b"


def test_a_stream_of_no_weight_finds_nothing() -> None:
    assert fuse([["a"], ["b"]], weights=[1.0, 0.0]) == fuse([["a"]])
    assert fuse([["a"]], weights=[0.0]) == []


def test_weights_must_fit() -> None:
    with pytest.raises(ValueError, match="One weight"):
        fuse([["a"]], weights=[])
    with pytest.raises(ValueError, match="negative"):
        fuse([["a"]], weights=[-1.0])


@given(st.lists(st.lists(st.integers(0, 20), max_size=10), max_size=4))
def test_nothing_is_lost_and_the_order_falls(rankings: list[list[int]]) -> None:
    ranked = fuse(rankings)

    assert {item.key for item in ranked} == {key for ranking in rankings for key in ranking}
    assert len({item.key for item in ranked}) == len(ranked)
    scores = [item.score for item in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_the_same_text_counts_once() -> None:
    first = found("Blue is our colour.", 0.9)

    assert distinct([first, found("Blue  is our COLOUR.", 0.8)]) == [first]


def test_a_passage_that_only_repeats_another_goes() -> None:
    longer = found(f"{LONG} It likes verbs, and it says what it means without any ornament.")

    assert distinct([longer, found(LONG)]) == [longer]


def test_a_longer_passage_that_begins_like_another_stays() -> None:
    longer = f"{LONG} It likes verbs, and it says what it means without any ornament."

    assert len(distinct([found(LONG), found(longer)])) == 2


def test_another_figure_is_another_fact() -> None:
    prices = [f"{LONG} The plan of the year {year} costs the same." for year in (2024, 2025)]

    assert texts(distinct([found(text) for text in prices])) == prices


def test_near_vectors_need_fewer_words_in_common() -> None:
    changed = LONG.replace("short sentences", "brief phrases")
    near, far = [1.0, 0.0], [0.0, 1.0]

    assert len(distinct([found(LONG, vector=near), found(changed, vector=near)])) == 1
    assert len(distinct([found(LONG, vector=near), found(changed, vector=far)])) == 2


@given(st.lists(st.text("ab 1", max_size=30), max_size=12))
def test_distinct_keeps_the_best_of_each_and_the_order(given_texts: list[str]) -> None:
    items = [found(text) for text in given_texts]
    kept = distinct(items)

    assert kept == [item for item in items if item in kept]
    assert kept[:1] == items[:1]
    assert len({item.content_hash for item in kept}) == len(kept)
    assert distinct(kept) == kept


def test_no_more_are_compared_than_may_be_offered() -> None:
    items = [found(f"number {number}") for number in range(MOST_CANDIDATES + 5)]

    assert len(distinct(items)) == MOST_CANDIDATES
    assert len(diverse(items, 10_000)) == MOST_CANDIDATES


def test_what_is_unlike_the_first_comes_before_a_slightly_better_likeness() -> None:
    one = found("one", 0.90, vector=[1.0, 0.0])
    like = found("like", 0.89, vector=[0.99, 0.01])
    other = found("other", 0.87, vector=[0.0, 1.0])

    assert texts(diverse([one, like, other], 2)) == ["one", "other"]
    assert texts(diverse([one, like, other], 2, relevance=1.0)) == ["one", "like"]


def test_without_vectors_words_say_what_is_alike() -> None:
    one, like = found("red green blue", 0.90), found("red green blue grey", 0.89)
    other = found("lions and tigers", 0.87)

    assert diverse([one, like, other], 2) == [one, other]


def test_relevance_outweighs_variety() -> None:
    one, like = found("one", 0.9, vector=[1.0, 0.0]), found("like", 0.8, vector=[1.0, 0.0])
    far = found("far", 0.2, vector=[0.0, 1.0])

    assert diverse([one, like, far], 2) == [one, like]


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.lists(st.floats(-1, 1), min_size=3, max_size=3)), max_size=12
    ),
    st.integers(0, 15),
)
def test_diverse_chooses_each_once_and_the_best_first(
    given_items: list[tuple[float, list[float]]], count: int
) -> None:
    items = [found(str(n), score, vector=vector) for n, (score, vector) in enumerate(given_items)]
    items.sort(key=lambda item: -score_of(item))
    chosen = diverse(items, count)

    assert len(chosen) == min(count, len(items))
    assert len(set(texts(chosen))) == len(chosen)
    assert chosen[:1] == items[: min(count, 1)]


def test_a_half_life_halves() -> None:
    old = found("old", 0.8, days=30, half_life=30)

    assert score_of(aged([old], TODAY)[0]) == pytest.approx(0.4)


def test_newer_overtakes_older() -> None:
    old, new = found("old", 0.8, days=60, half_life=30), found("new", 0.7, days=1, half_life=30)

    assert texts(aged([old, new], TODAY)) == ["new", "old"]


def test_age_does_not_count_where_nobody_asked() -> None:
    old, new = found("old", 0.8, days=9_999), found("new", 0.7, days=0)

    assert aged([old, new], TODAY) == [old, new]


def test_no_date_is_one_half_life() -> None:
    assert score_of(aged([found(score=0.8, half_life=30)], TODAY)[0]) == pytest.approx(0.4)


@given(st.integers(-5_000, 100_000), st.floats(0, 1), st.floats(0.001, 10_000))
def test_age_never_silences_nor_lifts(days: int, score: float, half_life: float) -> None:
    item = aged([found(score=score, days=days, half_life=half_life)], TODAY)[0]

    assert LEAST_SHARE * score <= score_of(item) <= score
