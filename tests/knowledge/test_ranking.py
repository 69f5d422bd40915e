"""Rankings are fused by place, not by score."""

from hypothesis import given
from hypothesis import strategies as st

from domain.ranking import fuse


def test_first_everywhere_scores_one() -> None:
    assert fuse([["a", "b"], ["a"]])[0].score == 1.0


def test_found_by_both_beats_found_by_one() -> None:
    ranked = fuse([["a", "x"], ["b", "x"]])

    assert [item.key for item in ranked] == ["x", "a", "b"]


def test_a_repeated_key_counts_once() -> None:
    assert fuse([["a", "a", "a"]]) == fuse([["a"]])


def test_weights_decide_between_streams() -> None:
    assert fuse([["a"], ["b"]], weights=[1.0, 2.0])[0].key == "b"


@given(st.lists(st.lists(st.integers(0, 20), max_size=10), max_size=4))
def test_nothing_is_lost_and_the_order_falls(rankings: list[list[int]]) -> None:
    ranked = fuse(rankings)

    assert {item.key for item in ranked} == {key for ranking in rankings for key in ranking}
    assert len({item.key for item in ranked}) == len(ranked)
    scores = [item.score for item in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
