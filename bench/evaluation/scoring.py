"""How good a ranking is, and how sure one may be of a difference."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 5_000
SEED = 20_261_121

Numbers = npt.NDArray[np.float64]


def ndcg(ranked: Sequence[str], gold: Collection[str], depth: int = 10) -> float:
    """Every gold passage is worth the same."""
    gained = sum(1 / math.log2(n + 2) for n, name in enumerate(ranked[:depth]) if name in gold)
    return gained / sum(1 / math.log2(n + 2) for n in range(min(depth, len(gold))))


def recall(ranked: Sequence[str], gold: Collection[str], depth: int) -> float:
    return len(set(ranked[:depth]).intersection(gold)) / len(gold)


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two means over the same questions; `low` and `high` hold 95 % of resampled ones."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


def difference(ours: Sequence[float], theirs: Sequence[float], groups: Sequence[str]) -> Difference:
    """Paired bootstrap over whole groups: questions of one conversation are no chance of their
    own."""
    apart = np.array(ours, np.float64) - np.array(theirs, np.float64)
    names, group = np.unique(np.array(groups), return_inverse=True)
    sums = np.bincount(group, weights=apart, minlength=len(names))
    counts = np.bincount(group, minlength=len(names)).astype(np.float64)
    drawn = np.random.default_rng(SEED).integers(0, len(names), (RESAMPLES, len(names)))
    means: Numbers = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Difference(float(apart.mean()), float(low), float(high))
