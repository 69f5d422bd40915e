"""What makes numbers from a provider a vector that can be stored."""

import numpy as np
import numpy.typing as npt

from models.errors import ModelGarbledError

Numbers = npt.NDArray[np.float64]


def unit(numbers: Numbers, dimension: int) -> list[float]:
    """The vector at length 1. ModelGarbledError for another dimension, for NaN, infinity and for
    zeros alone: a database would take some of them, and no search would ever find the passage."""
    if numbers.shape != (dimension,):
        raise ModelGarbledError(
            f"The model gave a vector of the shape {numbers.shape}, not ({dimension},)."
        )
    length = float(np.linalg.norm(numbers))
    if not np.isfinite(length) or length == 0:
        raise ModelGarbledError(
            "The model gave a vector without length: it holds NaN, infinity or only zeros."
        )
    vector: list[float] = (numbers / length).tolist()
    return vector
