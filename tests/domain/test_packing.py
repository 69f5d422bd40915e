"""Texts go to a provider in as few calls as its two limits allow, in order."""

from hypothesis import given
from hypothesis import strategies as st

from domain.packing import packed
from domain.tokens import count

WORDS = st.lists(st.text("ab ", max_size=60), max_size=40)


@given(WORDS, st.integers(1, 9), st.integers(1, 40))
def test_nothing_is_lost_and_no_limit_passed(texts: list[str], most: int, tokens: int) -> None:
    calls = [list(call) for call in packed(texts, str, most=most, tokens=tokens)]

    assert [text for call in calls for text in call] == texts
    for call, following in zip(calls, [*calls[1:], None], strict=False):
        size = sum(map(count, call))
        assert 0 < len(call) <= most
        assert size <= tokens or len(call) == 1
        # The next one's first text would not have fitted.
        if following is not None:
            assert len(call) == most or size + count(following[0]) > tokens
