"""Codes that are near each other, put together: spherical k-means over signs."""

from typing import Final

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint8]
"""Shape (codes, bytes)."""
Centres = npt.NDArray[np.float32]
"""Shape (clusters, bits), unit length."""
Labels = npt.NDArray[np.int64]

# Later rounds move few: the second decimal of recall does not change.
_ROUNDS: Final = 6
# So many for each centre are enough to find it.
_SAMPLE: Final = 48
# Rows unpacked at once: 25 MB.
_CHUNK: Final = 2_048


def clustered(codes: Codes, clusters: int, most: int, seed: int) -> tuple[Labels, Centres]:
    """A label for each code, and the labels' centres; no label has more than `most` codes.

    What lies too close together to be told apart is divided as it comes, around one centre.
    """
    chance = np.random.default_rng(seed)
    size = min(len(codes), _SAMPLE * clusters)
    sample = _signs(codes[np.sort(chance.choice(len(codes), size, replace=False))])
    centres = sample[chance.choice(size, min(clusters, size), replace=False)]
    for _ in range(_ROUNDS):
        centres = _means(sample, np.argmax(sample @ centres.T, axis=1), len(centres), centres)
    labels = np.concatenate(
        [
            np.argmax(_signs(codes[start : start + _CHUNK]) @ centres.T, axis=1)
            for start in range(0, len(codes), _CHUNK)
        ]
    )
    return _bounded(labels, centres, most)


def _signs(codes: Codes) -> Centres:
    bits = np.unpackbits(codes, axis=1)
    signs: Centres = bits.astype(np.float32) * 2 - 1
    return signs


def _means(points: Centres, labels: Labels, count: int, before: Centres) -> Centres:
    """One that has lost all its points stays where it was."""
    belongs = np.zeros((count, len(points)), np.float32)
    belongs[labels, np.arange(len(points))] = 1
    sums = belongs @ points
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: Centres = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), before)
    return unit


def _bounded(labels: Labels, centres: Centres, most: int) -> tuple[Labels, Centres]:
    """Labels from 0 without gaps, each with a centre."""
    given = np.empty_like(labels)
    kept: list[int] = []
    for label in range(len(centres)):
        members = np.flatnonzero(labels == label)
        for start in range(0, len(members), most):
            given[members[start : start + most]] = len(kept)
            kept.append(label)
    chosen = centres[kept]
    return given, chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
