"""Passages as real ones are, in any number: sentences of mtrag-un's, put together anew."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from local.model.embedding import OWN_DIMENSION, Embedder, rotation
from local.paths import PROJECT

Floats = npt.NDArray[np.float32]

SOURCE: Final = PROJECT.parent / "shared" / "data" / "retrieval" / "mtrag-un" / "reference.jsonl"
DIMENSION: Final = 3_072
PER_DOCUMENT: Final = 20
# Sentences of one passage: about 1,200 characters, 250 words.
_SENTENCES: Final = (6, 11)
# Of its sentences these many are of one source; the others of sources anywhere.
_OWN: Final = 0.7
# Length of what is added to a unit vector, so that no two of the same sentences are the same.
_NOISE: Final = 0.3
_END: Final = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document's worth."""

    texts: list[str]
    vectors: Floats
    """Unit length, 3,072 numbers each."""


class Corpus:
    """The same passages for the same seed."""

    def __init__(self, source: Path = SOURCE) -> None:
        lines = source.read_text(encoding="utf-8").splitlines()
        self._tasks = [json.loads(line) for line in lines]

    @cached_property
    def questions(self) -> list[str]:
        return [task["input"][-1]["text"] for task in self._tasks]

    @cached_property
    def asked(self) -> Floats:
        vectors, _ = Embedder().embed(self.questions, DIMENSION)
        return vectors

    @cached_property
    def _sources(self) -> list[list[str]]:
        texts = {c["document_id"]: c["text"] for task in self._tasks for c in task["contexts"]}
        return [[one for one in _END.split(text.strip()) if one] for text in texts.values()]

    @cached_property
    def _vectors(self) -> list[Floats]:
        """Of each source's sentences, weighed by their lengths: a mean of words is a mean of
        sentences too."""
        embedder, found = Embedder(), []
        for sentences in self._sources:
            vectors, _ = embedder.embed(sentences, OWN_DIMENSION)
            found.append(vectors * np.array([[len(one)] for one in sentences], np.float32))
        return found

    def sheets(self, passages: int, seed: int) -> Iterator[Sheet]:
        """Documents with so many passages in all."""
        chance = np.random.default_rng(seed)
        while passages > 0:
            count = min(passages, PER_DOCUMENT)
            passages -= count
            texts, vectors = zip(*(self._passage(chance) for _ in range(count)), strict=True)
            yield Sheet(list(texts), _turned(np.stack(vectors), chance))

    def _passage(self, chance: np.random.Generator) -> tuple[str, Floats]:
        topic = int(chance.integers(len(self._sources)))
        places = [
            self._place(topic if chance.random() < _OWN else None, chance)
            for _ in range(chance.integers(*_SENTENCES))
        ]
        text = " ".join(self._sources[source][at] for source, at in places)
        return text, np.sum([self._vectors[source][at] for source, at in places], axis=0)

    def _place(self, source: int | None, chance: np.random.Generator) -> tuple[int, int]:
        chosen = int(chance.integers(len(self._sources))) if source is None else source
        return chosen, int(chance.integers(len(self._sources[chosen])))


def _turned(pooled: Floats, chance: np.random.Generator) -> Floats:
    unit = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    noise = chance.standard_normal(unit.shape, np.float32) * (_NOISE / OWN_DIMENSION**0.5)
    turned = (unit + noise) @ rotation(DIMENSION)
    whole: Floats = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    return whole


class Spread:
    """Vectors of full rank: clusters, around which each next direction varies a little less, as
    with models that give 3,072 numbers by themselves."""

    def __init__(self, clusters: int, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        scale = np.arange(1, DIMENSION + 1, dtype=np.float32) ** -0.5
        self._scale = scale / np.linalg.norm(scale)
        self._axes = np.linalg.qr(self._chance.standard_normal((DIMENSION, DIMENSION), np.float32))[
            0
        ]
        self._centres = self._drawn(clusters)

    def drawn(self, count: int) -> Floats:
        """Near the clusters' centres: cosines with one's own are about 0.75."""
        near = self._centres[self._chance.integers(len(self._centres), size=count)]
        points = near + 0.9 * self._drawn(count)
        unit: Floats = points / np.linalg.norm(points, axis=1, keepdims=True)
        return unit

    def _drawn(self, count: int) -> Floats:
        numbers = self._chance.standard_normal((count, DIMENSION), np.float32) * self._scale
        turned: Floats = numbers @ self._axes.T
        return turned


def chosen(questions: Sequence[str], count: int, seed: int) -> list[int]:
    """Which of the questions to ask."""
    chance = np.random.default_rng(seed)
    size = min(count, len(questions))
    return [int(at) for at in chance.choice(len(questions), size, replace=False)]
