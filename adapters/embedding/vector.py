"""What makes numbers from a provider a vector that can be stored."""

from typing import Final

import numpy as np
import numpy.typing as npt

from models.errors import ModelGarbledError

# What the store's vectors have: the others' shorter ones are filled up with zeros there.
USUAL: Final = 3_072

Numbers = npt.NDArray[np.float64]


def stored_name(model: str, dimension: int) -> str:
    """What vectors are stored under: those of one model in two dimensions are strangers too."""
    return model if dimension == USUAL else f"{model}#{dimension}"


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
