"""Values against schemas that strangers wrote: in bounded time, reaching nothing."""

from typing import Any

import pytest

from domain.schema import MOST_CHARACTERS, MOST_DEPTH, MOST_PROBLEMS, PROBLEM_CHARACTERS, problems

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "to": {"type": "array", "items": {"$ref": "#/$defs/address"}, "uniqueItems": True},
        "pattern": {"type": "string", "pattern": "(a+)+$"},
        "count": {"type": "integer", "minimum": 1},
    },
    "required": ["to"],
    "additionalProperties": False,
    "$defs": {"address": {"type": "string", "maxLength": 20}},
}


@pytest.mark.parametrize(
    "value",
    [{"to": []}, {"to": ["a", "b"], "count": 2}, {"to": [], "pattern": "whatever it says"}],
)
def test_what_fits_has_no_problems(value: dict[str, Any]) -> None:
    assert problems(FORM, value) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "'to' is a required property"),
        ({"to": [], "bcc": []}, "'bcc' was unexpected"),
        ({"to": ["a", "a"]}, "to: items are not unique"),
        ({"to": ["x" * 21]}, "to.0:"),
        ({"to": [], "count": 0}, "count:"),
        ({"to": [], "count": True}, "count:"),
        ({"to": [], "pattern": 7}, "pattern:"),
    ],
)
def test_what_does_not_fit_is_said(value: dict[str, Any], said: str) -> None:
    [problem] = problems(FORM, value)
    assert said in problem


def test_problems_are_few_and_short() -> None:
    found = problems(FORM, {"to": ["y" * 2_000] * 1 + ["z" * 2_000 + str(n) for n in range(20)]})
    assert len(found) == MOST_PROBLEMS
    assert max(map(len, found)) <= PROBLEM_CHARACTERS


def test_what_is_too_long_or_too_deep_is_not_looked_at() -> None:
    deep: Any = {}
    for _ in range(MOST_DEPTH * 10):
        deep = {"a": deep}
    assert problems({}, deep) == [f"nested deeper than {MOST_DEPTH}"]
    long = {"a": "x" * MOST_CHARACTERS}
    assert problems({}, long) == [f"longer than {MOST_CHARACTERS} characters"]


# Each asks twice as many questions as the one before: 2^60 in all.
MULTIPLYING: dict[str, Any] = {
    "$ref": "#/$defs/a0",
    "$defs": {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)}
    | {"a60": {"type": "object"}},
}


@pytest.mark.parametrize(
    "schema",
    [
        MULTIPLYING,
        {"$ref": "#"},
        {"$ref": "http://127.0.0.1:9/secrets"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#/nowhere"},
        {"$dynamicRef": "#nowhere"},
        {"type": 7},
        {"properties": 7},
        {"items": {"type": "nothing"}, "type": "object", "required": 5},
        {"properties": {"a": {"minimum": "b"}}},
    ],
)
def test_a_schema_that_cannot_be_used_fits_nothing(schema: dict[str, Any]) -> None:
    assert problems(schema, {"a": 1})


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"pattern": "(a+)+$"}}},
        {"patternProperties": {"(a+)+$": {"type": "string"}}},
        {"propertyNames": {"pattern": "(a+)+$"}},
        {"patternProperties": {"(a+)+$": {}}, "unevaluatedProperties": True},
        {"allOf": [{"not": {"properties": {"a": {"pattern": "(a+)+$"}}, "required": ["b"]}}]},
    ],
)
def test_regular_expressions_of_strangers_are_never_run(schema: dict[str, Any]) -> None:
    """Any of them would run for longer than this test may."""
    endless = "a" * 60 + "!"
    assert problems(schema, {"a": endless, endless: "x"}) == []


def test_many_items_are_compared_in_linear_time() -> None:
    value = {"a": [{"n": number} for number in range(5_000)]}
    assert problems({"properties": {"a": {"uniqueItems": True}}}, value) == []
