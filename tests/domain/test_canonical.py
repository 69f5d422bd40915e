"""One spelling for arguments, and its hash."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical, digest
from domain.tools.tool import ArgumentsError

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=3), JSON))
def test_reading_it_back_and_shuffling_it_changes_nothing(value: dict[str, Any]) -> None:
    text = canonical(value)
    assert canonical(orjson.loads(text)) == text
    assert canonical(dict(reversed(value.items()))) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1.0}, {"a": 1}),
        ({"a": -0.0}, {"a": 0}),
        ({"a": 1e20}, {"a": 100000000000000000000.0}),
        ({"a": "x\0y"}, {"a": "x\ufffdy"}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
    ],
)
def test_what_the_store_makes_of_a_value_has_its_hash(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": "1"}),
        ({"a": None}, {}),
        ({"a": "x "}, {"a": "x"}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
    ],
)
def test_another_value_has_another_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest(one) != digest(other)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "value",
    [{"a": float("nan")}, {"a": float("inf")}, {"a": 2**64}, {"a": {1}}, nested(33), nested(900)],
)
def test_what_json_cannot_say_is_refused_by_name(value: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError):
        canonical(value)
