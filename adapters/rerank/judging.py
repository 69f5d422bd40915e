"""How well a text fits a query, by the words that both have and by what they mean: 0 to 1."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from adapters.rerank.vocabulary import NOTHING, Floats, Places, Terms

# How soon a word's repetitions cease to count, and how much a longer text is expected to repeat:
# the usual values of BM25.
SATURATION: Final = 1.2
LENGTH: Final = 0.75
# About two sentences: where an answer stands. Half of it is the step from one to the next.
STRETCH: Final = 24


def shared_words(terms: Terms, query: Places, texts: Sequence[Places]) -> Floats:
    """BM25 among these texts alone, as a share of what a text could have."""
    asked = terms[query]
    wanted = np.unique(asked[asked != NOTHING])
    if not len(wanted) or not texts:
        return np.zeros(len(texts), np.float32)
    counts = [_counted(terms[text], wanted) for text in texts]
    often = np.array([count for count, _ in counts], np.float32)
    lengths = np.array([length for _, length in counts], np.float32)
    weights = _rarity(often)
    expected = 1 - LENGTH + LENGTH * lengths / max(1.0, float(lengths.mean()))
    filled = often / (often + SATURATION * expected[:, None])
    shares = (filled @ weights) / max(float(weights.sum()), 1e-9)
    return shares.astype(np.float32)


def likeness(vectors: Floats, query: Places, texts: Sequence[Places]) -> Floats:
    """The mean of the whole text's cosine and of its most similar stretch's."""
    direction = _unit(vectors[query].sum(axis=0))
    near = [_nearness(direction, vectors[text]) if len(text) else 0.0 for text in texts]
    return np.clip(np.array(near, np.float32), 0.0, 1.0)


def _counted(terms: Terms, wanted: Terms) -> tuple[Places, int]:
    """How often each wanted term stands there, and how many terms there are."""
    terms = terms[terms != NOTHING]
    at = np.searchsorted(wanted, terms).clip(max=len(wanted) - 1)
    return np.bincount(at[wanted[at] == terms], minlength=len(wanted)), len(terms)


def _rarity(often: Floats) -> Floats:
    """A word that few of these texts have tells them apart; one that all have, the subject itself,
    still counts a little."""
    having = (often > 0).sum(axis=0)
    rarity: Floats = np.log1p(len(often) / (having + 0.5)).astype(np.float32)
    return rarity


def _nearness(direction: Floats, words: Floats) -> float:
    halves = np.add.reduceat(words, np.arange(0, len(words), STRETCH // 2), axis=0)
    stretches = halves[:-1] + halves[1:] if len(halves) > 1 else halves
    best = float((_unit(stretches) @ direction).max())
    return (best + float(_unit(halves.sum(axis=0)) @ direction)) / 2


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, 1e-9)
    return unit
