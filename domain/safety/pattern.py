"""How patterns over a reading are put together to one score."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.safety.wording import Reading

# Around a word that a pattern needs: no pattern is longer. And so many places of it are looked at.
_BEFORE, _BEHIND, _MOST_PLACES = 110, 170, 12


@dataclass(frozen=True, slots=True)
class Need:
    """What a pattern's match has in it: `text`, whole words or none, and the words of it."""

    text: str
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Need":
        # A word with a sign in it may be parted otherwise in a text.
        plain = re.findall(r"(?<![\w'-])[a-z]+(?![\w'-])", text)
        return cls(text, frozenset(plain))


@dataclass(frozen=True, slots=True)
class Pattern:
    """`weight`: how sure one match makes, 0 to 1. It reads the signs of words; or, where it `needs`
    one of some words, the folded text around them."""

    reason: str
    weight: float
    expression: re.Pattern[str]
    needs: tuple[Need, ...] = ()

    def holds(self, reading: Reading) -> bool:
        if not self.needs:
            return self.expression.search(reading.signs) is not None
        known = reading.words
        return any(
            self._near(reading.text, need.text) for need in self.needs if need.words <= known
        )

    def _near(self, text: str, word: str) -> bool:
        place, search = -1, self.expression.search
        for _ in range(_MOST_PLACES):
            place = text.find(word, place + 1)
            if place < 0:
                return False
            if search(text, max(0, place - _BEFORE), place + _BEHIND):
                return True
        return False


def signs(reason: str, weight: float, expression: str) -> Pattern:
    """`~n` stands for up to n words of the same sentence."""
    gaps = re.sub(r"~(\d)", r"[^|]{0,\1}?", expression)
    return Pattern(reason, weight, re.compile(gaps))


def words(reason: str, weight: float, needs: str, expression: str) -> Pattern:
    """`needs`: of whole words, parted by commas; a match has at least one of them."""
    return Pattern(reason, weight, re.compile(expression), tuple(map(Need.of, needs.split(","))))


@dataclass(frozen=True, slots=True)
class Found:
    """`score`: 0 to 1, all reasons taken together as if each erred on its own."""

    score: float
    reasons: tuple[str, ...] = ()


def judge(reading: Reading, patterns: Sequence[Pattern]) -> Found:
    """Each reason counts once, with the heaviest pattern that holds for it."""
    weights: dict[str, float] = {}
    for pattern in patterns:
        if weights.get(pattern.reason, 0.0) >= pattern.weight:
            continue
        if pattern.holds(reading):
            weights[pattern.reason] = pattern.weight
    ordered = sorted(weights, key=lambda reason: -weights[reason])
    return Found(together(tuple(weights.values())), tuple(ordered))


def together(weights: Sequence[float]) -> float:
    doubt = 1.0
    for weight in weights:
        doubt *= 1.0 - weight
    return round(1.0 - doubt, 4)
