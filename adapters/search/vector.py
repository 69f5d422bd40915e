"""Vectors as the index keeps them: unit length, one dimension for all models."""

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from asyncpg import BitString  # type: ignore[import-untyped]  # has no stubs

from models.errors import ModelGarbledError
from models.tables.documents import DIMENSION

Vector = npt.NDArray[np.float32]

# The dimension and a zero, then each number, all with the high byte first.
_HEADER: Final = struct.Struct(">HH")
_NUMBER: Final = np.dtype(">f2")


def unit(vector: Sequence[float]) -> Vector:
    """At unit length, zeros added up to 3,072 numbers: neither changes a cosine.
    ModelGarbledError for a longer or an empty one, for NaN, infinity and zeros alone."""
    numbers = np.zeros(DIMENSION, np.float32)
    numbers[: len(vector)] = own(vector)
    return numbers


def own(vector: Sequence[float]) -> Vector:
    """At unit length, in its own dimension. ModelGarbledError as above."""
    if not 0 < len(vector) <= DIMENSION:
        raise ModelGarbledError(
            f"A vector has {len(vector)} dimensions; the store keeps {DIMENSION} at most."
        )
    numbers = np.asarray(vector, np.float64)
    length = np.linalg.norm(numbers)
    if not np.isfinite(length) or length == 0:
        raise ModelGarbledError("A vector holds NaN, infinity or only zeros.")
    return (numbers / length).astype(np.float32)


def written(vector: Vector) -> bytes:
    """As `halfvec` is sent to the server and by it."""
    return _HEADER.pack(len(vector), 0) + vector.astype(_NUMBER).tobytes()


def signs(vector: Vector) -> BitString:
    """As `binary_quantize` makes them of what is stored."""
    return BitString.frombytes(np.packbits(vector.astype(np.float16) > 0).tobytes())


def read(data: bytes) -> list[float]:
    """What `written` made, at unit length again: half precision rounded it."""
    numbers = np.frombuffer(data, _NUMBER, offset=_HEADER.size).astype(np.float64)
    vector: list[float] = (numbers / (np.linalg.norm(numbers) or 1.0)).tolist()
    return vector
