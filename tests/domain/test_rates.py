"""A minute's window, told by two minutes of the clock."""

from hypothesis import given
from hypothesis import strategies as st

from domain.rates import MINUTE, TIERS, Tier, Window, tiers_of

counts = st.integers(0, 5_000)
limits = st.integers(1, 1_000)
seconds = st.floats(0, 59.999)


def later(window: Window, by: float) -> Window:
    """When nothing is used meanwhile."""
    passed, current, former = window.passed + by, window.current, window.former
    while passed >= MINUTE:
        passed, current, former = passed - MINUTE, 0.0, current
    return Window(current, former, passed)


def has_room(window: Window, limit: int) -> bool:
    return window.used + 1 <= limit + 1e-9


@given(counts, counts, seconds, limits)
def test_whoever_waits_so_long_finds_room_and_not_much_earlier(
    current: int, former: int, passed: float, limit: int
) -> None:
    window = Window(current, former, passed)
    wait = window.wait(limit)
    assert wait >= 1
    assert has_room(later(window, wait), limit)
    if wait > 1:
        assert not has_room(later(window, wait - 1 - 1e-6), limit)


@given(counts, counts, seconds)
def test_after_the_reset_nothing_counts(current: int, former: int, passed: float) -> None:
    window = Window(current, former, passed)
    assert later(window, window.reset).used < 1e-6 * max(current, former, 1)


@given(counts, counts, seconds, limits)
def test_what_is_left_can_be_used(current: int, former: int, passed: float, limit: int) -> None:
    left = Window(current, former, passed).left(limit)
    assert 0 <= left <= limit
    if left:
        assert Window(current + left, former, passed).used <= limit


def test_tiers_are_those_that_the_product_has_unless_a_deployment_says_others() -> None:
    assert {name: (one.requests, one.tokens) for name, one in TIERS.items()} == {
        "free": (10, 10_000),
        "pro": (60, 60_000),
        "team": (300, 300_000),
        "enterprise": (1_000, 1_000_000),
    }
    given = tiers_of({"free": (1, 2), "trial": (3, 4)})
    assert (given["free"], given["trial"], given["pro"]) == (Tier(1, 2), Tier(3, 4), TIERS["pro"])
