"""Questions about a call's arguments. Every question has an answer, whatever the arguments are."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from models.payloads.policy import Operator, Predicate


def holds(predicate: Predicate, arguments: Mapping[str, Any]) -> bool:
    """Text is compared without regard to case or to the width of its characters."""
    answers = (
        _answer(predicate.operator, found, predicate.value)
        for found in _at(arguments, predicate.path.split("."))
    )
    if predicate.every:
        given = list(answers)
        return bool(given) and all(given) is not predicate.negated
    return any(answers) is not predicate.negated


def _at(value: object, path: Sequence[str]) -> Iterator[object]:
    """What stands under the path; a default that nobody gave is not there."""
    if not path:
        if value is not None:
            yield value
        return
    name, rest = path[0], path[1:]
    for part in _parts(value, name):
        yield from _at(part, rest)


def _parts(value: object, name: str) -> Sequence[object]:
    match value:
        case Mapping() if name == "*":
            return list(value.values())
        case Mapping():
            return [value[name]] if name in value else []
        case list() | tuple():
            return value if name == "*" else _element(value, name)
        case _:
            return []


def _element(values: Sequence[object], name: str) -> Sequence[object]:
    """By its place, from 0."""
    place = int(name) if name.isascii() and name.isdigit() and len(name) < 6 else len(values)
    return values[place : place + 1]


def _answer(operator: Operator, found: object, value: object) -> bool:
    match operator:
        case Operator.EXISTS:
            return True
        case Operator.EQUALS:
            return _equal(found, value)
        case Operator.ONE_OF:
            return isinstance(value, list | tuple) and any(_equal(found, one) for one in value)
        case Operator.CONTAINS:
            return _contains(found, value)
        case Operator.ABOVE | Operator.BELOW:
            return _beyond(operator, found, value)
        case Operator.LONGER_THAN:
            sized = isinstance(found, str | list | tuple | Mapping)
            return sized and isinstance(value, int) and len(found) > value  # type: ignore[arg-type]  # sized
        case _:
            test = _OF_TEXT[operator]
            return (
                isinstance(found, str)
                and isinstance(value, str)
                and test(folded(found), folded(value))
            )


_OF_TEXT: dict[Operator, Callable[[str, str], bool]] = {
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
    Operator.MATCHES: fnmatchcase,
}


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _equal(found: object, value: object) -> bool:
    if isinstance(found, str) and isinstance(value, str):
        return folded(found) == folded(value)
    # To Python, True is 1.
    return isinstance(found, bool) is isinstance(value, bool) and found == value


def _contains(found: object, value: object) -> bool:
    match found:
        case str():
            return isinstance(value, str) and folded(value) in folded(found)
        case Mapping():
            return any(_equal(key, value) for key in found)
        case list() | tuple():
            return any(_equal(one, value) for one in found)
        case _:
            return False


def _beyond(operator: Operator, found: object, value: object) -> bool:
    one, other = number(found), number(value)
    if one is None or other is None:
        return False
    return one > other if operator is Operator.ABOVE else one < other


def number(value: object) -> Decimal | None:
    """A number, also where it is written as text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return None if found.is_nan() else found
