"""BM25 over packed lists is BM25 by its formula."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bm25 import BLOCK, K1, B, Extent, Listing, best, packed, without

WORDS = ["amber", "basalt", "cedar", "delta", "ember", "fjord"]
texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=12)


def by_formula(passages: Mapping[int, Sequence[str]], query: Sequence[str]) -> dict[int, float]:
    average = sum(map(len, passages.values())) / len(passages)
    scores: dict[int, float] = {}
    for number, words in passages.items():
        for term in query:
            having = sum(term in other for other in passages.values())
            frequency = words.count(term)
            if not frequency:
                continue
            rarity = math.log(1 + (len(passages) - having + 0.5) / (having + 0.5))
            norm = K1 * (1 - B + B * len(words) / average)
            score = rarity * frequency * (K1 + 1) / (frequency + norm)
            scores[number] = scores.get(number, 0.0) + score
    return scores


def indexed(passages: Mapping[int, Sequence[str]]) -> tuple[list[Listing], Extent]:
    lists = packed((number, Counter(words), len(words)) for number, words in passages.items())
    size = sum(map(len, passages.values()))
    return (
        [Listing(term, block, data) for (term, block), data in lists.items()],
        Extent(len(passages), size, max(passages) + 1),
    )


@given(texts, st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), st.integers(1, 5))
def test_scores_are_those_of_the_formula(
    found: list[list[str]], query: list[str], apart: int
) -> None:
    # Numbers in several blocks, with gaps.
    passages = {place * apart * 1_000: words for place, words in enumerate(found)}
    listings, extent = indexed(passages)
    asked = Counter(query)

    got = best([one for one in listings if one.term in asked], asked, extent, 100)

    assert dict(got) == pytest.approx(by_formula(passages, query))
    assert got == sorted(got, key=lambda one: (-one[1], one[0]))


def test_of_many_the_best_come_and_equals_by_number() -> None:
    listings, extent = indexed({number: ["amber"] for number in range(3 * BLOCK)})

    got = best(listings, {"amber": 1}, extent, 5)

    assert [number for number, _ in got] == [0, 1, 2, 3, 4]


def test_what_is_not_allowed_is_left_out_and_weighs_as_before() -> None:
    passages = {0: ["amber"], 1: ["amber", "cedar"], 2: ["cedar"]}
    listings, extent = indexed(passages)
    asked = {"amber": 1}
    listings = [one for one in listings if one.term == "amber"]

    got = best(listings, asked, extent, 5, np.array([False, True, True]))

    assert dict(got) == {1: pytest.approx(by_formula(passages, ["amber"])[1])}


def test_taking_passages_out_leaves_the_others_bytes() -> None:
    kept = packed([(2, {"amber": 1}, 3)])
    data = packed([(1, {"amber": 2}, 5), (2, {"amber": 1}, 3)])[("amber", 0)]

    assert without(data, np.array([1], np.uint16)) == kept[("amber", 0)]
    assert without(data, np.array([1, 2], np.uint16)) == b""


def test_counts_beyond_a_postings_bytes_are_cut_not_wrapped() -> None:
    listings, _ = indexed({0: ["amber"] * 70_000})
    [posting] = np.frombuffer(listings[0].data, "<u2,u1,<u2")

    assert (posting[1], posting[2]) == (255, 65_535)


def test_nothing_is_found_in_nothing() -> None:
    assert best([], {"amber": 1}, Extent(0, 0, 0), 5) == []
