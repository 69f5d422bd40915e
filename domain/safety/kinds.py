"""The kinds of private data, where each is found, and what stands in its place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from domain.safety.keys import keys
from domain.safety.national import nationals
from domain.safety.numbers import cards, ibans, phones
from models.payloads.safety import Private

# What stands in the place of what was taken out.
PLACES: Final = {
    Private.EMAIL: "[e-mail removed]",
    Private.PHONE: "[phone number removed]",
    Private.CARD: "[card number removed]",
    Private.KEY: "[key removed]",
    Private.NATIONAL: "[national number removed]",
    Private.IBAN: "[IBAN removed]",
}


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    kind: Private


# Of a text, from a place on: each match's first and last place. What stands before may count.
Finder = Callable[[str, int], Iterator[tuple[int, int]]]

_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%'-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,6}[^\W\d_]{2,24}(?![\w-])"
)


def _emails(text: str, start: int) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (match.span() for match in _EMAIL.finditer(text, start))


FINDERS: Final[dict[Private, Finder]] = {
    Private.KEY: keys,
    Private.EMAIL: _emails,
    Private.IBAN: ibans,
    Private.CARD: cards,
    Private.NATIONAL: nationals,
    Private.PHONE: phones,
}
