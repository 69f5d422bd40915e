"""Order what was found: fuse rankings, weigh age, drop what repeats, spread over subjects.

All of it is pure and bounded: MOST_CANDIDATES passages take some 30 ms, the usual 50 some 5.
"""

import math
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from domain.ports.search import MOST_CANDIDATES, Loaded

Key = TypeVar("Key", bound=Hashable)

# How much the first ranks count above the later ones. Small, because the streams are few and
# their first places are worth believing: 0.783 nDCG@10 with 10, 0.770 with the usual 60.
RANK_CONSTANT: Final = 10
# However old, a passage keeps this share of its score: old and right beats new and beside it
# (with a quarter, the one mail that had the answer came behind what had nothing of it).
LEAST_SHARE: Final = 0.5
# A passage adds nothing when so much of it stands, in the same words, in one that is kept. Two
# chunks that share an overlap of 200 in 1,500 characters share 0.13.
REPEATED: Final = 0.9
# Vectors that near say the same; then fewer of its words need to be the same.
NEAR: Final = 0.97
REPEATED_WHEN_NEAR: Final = 0.6
# Words in a row that are compared: fewer meet by chance, more miss a changed word.
RUN: Final = 3
# The share of relevance in choosing the next passage; the rest is being unlike those chosen. Mild:
# on mtrag-un 0.9 costs 0.002 of nDCG@10, this 0.0004.
RELEVANCE: Final = 0.97

_WORD = re.compile(r"\w+")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ranked(Generic[Key]):
    key: Key
    score: float
    """From 0 to 1: 1 is first in every ranking."""


def fuse(
    rankings: Sequence[Sequence[Key]],
    *,
    weights: Sequence[float] | None = None,
    constant: int = RANK_CONSTANT,
) -> list[Ranked[Key]]:
    """Reciprocal rank fusion, best first; ties keep the order of the first ranking that has them.

    A key counts once a ranking, at its best place. Weights are not negative; a ranking of weight
    0 is as if it were not there.
    """
    shares = list(weights) if weights is not None else [1.0] * len(rankings)
    if len(shares) != len(rankings):
        raise ValueError("One weight for each ranking.")
    if any(share < 0 for share in shares):
        raise ValueError("A weight is negative.")
    total = sum(shares) / (constant + 1)
    scores: dict[Key, float] = {}
    for share, ranking in zip(shares, rankings, strict=True):
        if share == 0:
            continue
        for place, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] = scores.get(key, 0.0) + share / (constant + place)
    ordered = sorted(scores.items(), key=lambda item: -item[1])
    return [Ranked(key, min(1.0, score / total)) for key, score in ordered]


def score_of(item: Loaded) -> float:
    return item.passage.source.score


def with_score(item: Loaded, score: float) -> Loaded:
    source = item.passage.source.model_copy(update={"score": score})
    return replace(item, passage=replace(item.passage, source=source))


def aged(items: Sequence[Loaded], today: date) -> list[Loaded]:
    """Halve scores by age where the collection asks for it, and put them in order again.

    What has no date counts as one half-life old; a date to come is today.
    """
    weighed = [with_score(item, score_of(item) * _freshness(item, today)) for item in items]
    return sorted(weighed, key=lambda item: -score_of(item))


def _freshness(item: Loaded, today: date) -> float:
    half_life = item.recency_days
    if half_life is None or half_life <= 0:
        return 1.0
    if item.published_on is None:
        return 0.5
    age = max(0, (today - item.published_on).days)
    return max(LEAST_SHARE, math.exp2(-age / half_life))


def distinct(items: Sequence[Loaded]) -> list[Loaded]:
    """Without those that repeat one before them: the same text, or nearly all of it.

    A passage with a figure that the other lacks is never a repetition: the price of another year
    is another fact. Takes the first MOST_CANDIDATES.
    """
    kept = _Kept()
    for item in items[:MOST_CANDIDATES]:
        kept.offer(item)
    return kept.items


class _Kept:
    """What was kept, and the runs of words in it. Pairs are compared only where a passage has
    enough in common with all that was kept to repeat one of them."""

    def __init__(self) -> None:
        self.items: list[Loaded] = []
        self._hashes: set[bytes] = set()
        self._runs: list[set[int]] = []
        self._all: set[int] = set()
        self._figures: list[set[str]] = []
        self._vectors: list[Floats | None] = []

    def offer(self, item: Loaded) -> None:
        if item.content_hash in self._hashes:
            return
        self._hashes.add(item.content_hash)
        words = _words(item.passage.text)
        runs = _runs(words)
        figures = {word for word in set(words) if not word.isalpha() and _has_digit(word)}
        vector = _unit(item.vector)
        if self._repeats(runs, figures, vector):
            return
        self._all |= runs
        self._runs.append(runs)
        self.items.append(item)
        self._figures.append(figures)
        self._vectors.append(vector)

    def _repeats(self, runs: set[int], figures: set[str], vector: Floats | None) -> bool:
        if len(runs & self._all) < REPEATED_WHEN_NEAR * len(runs):
            return False
        return any(
            figures <= self._figures[place]
            and len(runs & other) >= self._enough(place, vector) * len(runs)
            for place, other in enumerate(self._runs)
        )

    def _enough(self, place: int, vector: Floats | None) -> float:
        return REPEATED_WHEN_NEAR if _cosine(vector, self._vectors[place]) >= NEAR else REPEATED


def diverse(items: Sequence[Loaded], count: int, *, relevance: float = RELEVANCE) -> list[Loaded]:
    """The `count` best by maximal marginal relevance: each next one is relevant and unlike those
    before it. Alike are vectors by cosine; without them, words that both have.

    Scores stay what they were, so they no longer fall from one to the next. Takes the first
    MOST_CANDIDATES.
    """
    offered = list(items[:MOST_CANDIDATES])
    if relevance >= 1 or len(offered) < 3:
        return offered[: max(0, count)]
    alike = _likeness(offered)
    scores = np.array([score_of(item) for item in offered], np.float32)
    best = float(scores.max()) or 1.0
    worth = relevance * scores / best
    nearest = np.zeros(len(offered), np.float32)
    chosen: list[int] = []
    for _ in range(min(max(0, count), len(offered))):
        gain = worth - (1 - relevance) * nearest
        gain[chosen] = -np.inf
        # argmax takes the first of equals: the order given.
        chosen.append(int(gain.argmax()))
        nearest = np.maximum(nearest, alike[chosen[-1]])
    return [offered[place] for place in chosen]


def _likeness(items: Sequence[Loaded]) -> Floats:
    """From 0 to 1, shape (items, items)."""
    vectors = [_unit(item.vector) for item in items]
    known = [vector for vector in vectors if vector is not None]
    if len(known) == len(items) and len({len(vector) for vector in known}) == 1:
        matrix = np.stack(known)
        cosines: Floats = np.clip(matrix @ matrix.T, 0.0, 1.0)
        return cosines
    words = [set(_words(item.passage.text)) for item in items]
    alike = np.eye(len(items), dtype=np.float32)
    for row, mine in enumerate(words):
        for column in range(row):
            both = len(mine & words[column])
            alike[row, column] = both / max(1, len(mine) + len(words[column]) - both)
    return np.maximum(alike, alike.T)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _runs(words: Sequence[str]) -> set[int]:
    """Every few words in a row, by their hashes; of fewer words, all of them."""
    if len(words) <= RUN:
        return {hash(tuple(words))}
    return set(map(hash, _in_rows(words)))


def _in_rows(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(RUN)), strict=False)


def _unit(vector: Sequence[float] | None) -> Floats | None:
    if vector is None or len(vector) == 0:
        return None
    numbers = np.asarray(vector, np.float32)
    length = float(np.linalg.norm(numbers))
    return numbers / length if np.isfinite(length) and length > 0 else None


def _cosine(one: Floats | None, other: Floats | None) -> float:
    if one is None or other is None or one.shape != other.shape:
        return 0.0
    return float(one @ other)
