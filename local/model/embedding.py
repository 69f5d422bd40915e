"""Embeddings without a network: wordllama's vectors, in as many dimensions as are asked for."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

OWN_DIMENSION = 256
# A change of the seed makes every stored vector foreign to every new one.
SEED = 20_251_101
# 4,096 dimensions are 4 MB; a stack uses one or two.
MOST_MATRICES = 8
# Texts tokenised in one call.
BATCH = 256


class Embedder:
    """Loads its weights at the first call. Not thread-safe: call it from one thread."""

    def __init__(self) -> None:
        self._model: Any = None

    def embed(self, texts: list[str], dimension: int) -> tuple[Floats, int]:
        """Unit vectors, shape (texts, dimension), and how many tokens the texts have."""
        model = self._loaded()
        pooled = np.empty((len(texts), OWN_DIMENSION), np.float32)
        tokens = 0
        for start in range(0, len(texts), BATCH):
            for place, read in enumerate(model.tokenize(texts[start : start + BATCH]), start):
                ids = np.clip(read.ids, 0, len(model.embedding) - 1)
                pooled[place] = model.embedding[ids].mean(axis=0)
                tokens += len(read.ids)
        return turned(pooled, dimension), tokens

    def _loaded(self) -> Any:  # noqa: ANN401 - wordllama has no types
        if self._model is None:
            # Its import takes 0.4 s: not before the server answers.
            import wordllama  # noqa: PLC0415

            self._model = wordllama.WordLlama.load(
                cache_dir=Path(wordllama.__file__).parent, disable_download=True
            )
            # Pooled text by text below, which gives the same vectors and pads none to the longest.
            self._model.tokenizer.no_padding()
        return self._model


@lru_cache(maxsize=MOST_MATRICES)
def rotation(dimension: int) -> Floats:
    """A fixed random matrix, shape (256, dimension), with orthonormal rows: keeps cosines exactly.

    Below 256 dimensions its columns are orthonormal, and cosines are kept roughly.
    """
    rows, columns = max(OWN_DIMENSION, dimension), min(OWN_DIMENSION, dimension)
    gaussian = np.random.default_rng(SEED).standard_normal((rows, columns))
    orthonormal, triangle = np.linalg.qr(gaussian)
    # QR leaves the signs to the linear algebra library; this makes them ours.
    orthonormal *= np.sign(np.diag(triangle))
    turned_over = orthonormal.T if dimension > OWN_DIMENSION else orthonormal
    return np.ascontiguousarray(turned_over, dtype=np.float32)


def turned(vectors: Floats, dimension: int) -> Floats:
    """Unit vectors in another dimension. A text without words gets one fixed direction."""
    in_dimension = vectors @ rotation(dimension)
    lengths = np.linalg.norm(in_dimension, axis=1, keepdims=True)
    empty = lengths[:, 0] < 1e-9
    in_dimension[empty] = rotation(dimension)[0]
    lengths[empty] = np.linalg.norm(rotation(dimension)[0])
    unit: Floats = in_dimension / lengths
    return unit
