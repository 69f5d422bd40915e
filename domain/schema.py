"""Check values against JSON Schemas that strangers wrote: in bounded time, reaching nothing."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # no stubs in the lock
from jsonschema.exceptions import (  # type: ignore[import-untyped]  # no stubs in the lock
    SchemaError,
    ValidationError,
)
from jsonschema.validators import extend  # type: ignore[import-untyped]  # no stubs in the lock
from referencing import Registry
from referencing.exceptions import Unresolvable

# As long as a model's own arguments may be (activities/calls.py).
MOST_CHARACTERS: Final = 64_000
MOST_DEPTH: Final = 32
# Keywords looked at. A form of a hundred fields takes a few hundred; references that multiply
# each other would take more than there are atoms.
MOST_CHECKS: Final = 20_000
MOST_PROBLEMS: Final = 5
PROBLEM_CHARACTERS: Final = 300
# Their regular expressions may run for years; the tool itself checks what they say.
_PATTERNS: Final = ("pattern", "patternProperties")
_NAMED: Final = ("properties", "$defs", "definitions", "dependentSchemas")
_DATA: Final = ("const", "enum", "default", "examples")

Check = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class _TooMuchError(Exception):
    pass


def problems(schema: Mapping[str, Any], value: Mapping[str, Any]) -> list[str]:
    """What is wrong with the value, in words; nothing when it fits. A schema that cannot be
    used fits nothing."""
    try:
        if _depth(value) > MOST_DEPTH:
            return [f"nested deeper than {MOST_DEPTH}"]
        if len(json.dumps(value, ensure_ascii=False)) > MOST_CHARACTERS:
            return [f"longer than {MOST_CHARACTERS} characters"]
        found = _bounded()(_harmless(schema), registry=Registry()).iter_errors(value)
        return [_worded(error) for error in islice(found, MOST_PROBLEMS)]
    except (RecursionError, _TooMuchError):
        return ["the schema is too involved to check against"]
    except (SchemaError, Unresolvable, TypeError, ValueError, KeyError, AttributeError):
        return ["the schema cannot be read"]


def _bounded() -> Any:  # noqa: ANN401 - jsonschema has no types
    left = MOST_CHECKS

    def counted(check: Check) -> Check:
        def checking(
            validator: Any,  # noqa: ANN401 - as above
            rule: Any,  # noqa: ANN401 - as above
            instance: Any,  # noqa: ANN401 - as above
            schema: Any,  # noqa: ANN401 - as above
        ) -> Iterator[ValidationError] | None:
            nonlocal left
            left -= 1
            if left < 0:
                raise _TooMuchError
            return check(validator, rule, instance, schema)

        return checking

    checks = {**Draft202012Validator.VALIDATORS, "uniqueItems": _unique}
    return extend(Draft202012Validator, {name: counted(one) for name, one in checks.items()})


def _unique(
    validator: Any,  # noqa: ANN401 - as above
    rule: Any,  # noqa: ANN401 - as above
    instance: Any,  # noqa: ANN401 - as above
    _schema: Any,  # noqa: ANN401 - as above
) -> Iterator[ValidationError]:
    """The library's own compares each with each."""
    if rule is not True or not validator.is_type(instance, "array"):
        return
    if len({json.dumps(one, sort_keys=True) for one in instance}) < len(instance):
        yield ValidationError("items are not unique")


def _harmless(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Without the keywords that hold regular expressions; arguments may well have their names."""
    if isinstance(schema, list):
        return [_harmless(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for keyword, rule in schema.items():
        if keyword in _DATA:
            kept[keyword] = rule
        elif keyword in _NAMED and isinstance(rule, dict):
            kept[keyword] = {name: _harmless(part) for name, part in rule.items()}
        elif keyword not in _PATTERNS:
            kept[keyword] = _harmless(rule)
    return kept


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= MOST_DEPTH:
        depth += 1
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


def _worded(error: ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path) or "arguments"
    return f"{place}: {error.message}"[:PROBLEM_CHARACTERS]
