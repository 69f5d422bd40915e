"""How well changed copies are found: `python -m tests.adapters.pictures.measure`."""

import sys

import numpy as np

from adapters.pictures.descriptor import DIMENSION, described
from adapters.pictures.opening import opened
from tests.adapters.pictures.drawing import CHANGES, as_jpeg, cropped, drawn

MADE = 200
SIDE = 256
MORE = {"cropped by 12 %": cropped(0.08), "cropped by 18 %": cropped(0.12)}


def main() -> None:
    pictures = [drawn(seed) for seed in range(MADE)]
    library = np.array([described(picture) for picture in pictures])
    sys.stdout.write(f"{MADE} pictures, {DIMENSION} numbers\nchange | first | own | best other\n")
    for name, change in (CHANGES | MORE).items():
        copies = [described(opened(as_jpeg(change(picture)), SIDE)) for picture in pictures]
        scores = np.array(copies) @ library.T
        own = scores.diagonal().copy()
        first = (scores.argmax(axis=1) == np.arange(MADE)).mean()
        np.fill_diagonal(scores, -1)
        other = scores.max(axis=1).mean()
        sys.stdout.write(f"{name} | {first:.3f} | {own.mean():.2f} | {other:.2f}\n")


if __name__ == "__main__":
    main()
