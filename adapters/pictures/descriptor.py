"""A classical picture descriptor: layout, edges and colour, computed here without a model.

It finds near-duplicates (saved again, resized, brightened, cropped a little) and pictures of a
similar layout. It knows nothing of what a picture shows: two photographs of one product are
strangers to it. The decision record says how well it does.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from adapters.pictures.opening import opened
from models.payloads.chat import Usage

Floats = npt.NDArray[np.float64]

SIDE: Final = 128
# Light: the lowest frequencies of a 32 x 32 picture, all but the mean, which brightness changes.
# Higher ones, or more weight on them, lose a picture that is cropped a little more.
LIGHT_SIDE: Final = 32
FREQUENCIES: Final = 8
# Edges: their directions in overlapping cells, so that a small shift moves little between them.
CELLS: Final = 6
DIRECTIONS: Final = 8
# Colour: the two colour differences of each cell.
COLOUR_CELLS: Final = 5
# Shares of the cosine of two pictures.
LIGHT_SHARE: Final = 0.5
EDGE_SHARE: Final = 0.35
COLOUR_SHARE: Final = 0.15
# A page of one colour has neither edges nor frequencies: this keeps its vector from being none.
FLOOR: Final = 0.02

DIMENSION: Final = FREQUENCIES**2 - 1 + CELLS**2 * DIRECTIONS + COLOUR_CELLS**2 * 2 + 1
# Decoding is CPU of a process that has other things to do.
AT_ONCE: Final = 2


class ClassicalDescriptor:
    """Implements `domain.ports.pictures.PictureEmbedder`."""

    name = "classical-layout-1"
    dimension = DIMENSION

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def embed(self, pictures: Sequence[bytes]) -> tuple[list[list[float]], Usage]:
        """One unit vector a picture, in order. InvalidError picture_unreadable."""
        vectors = []
        for picture in pictures:
            async with self._turn:
                vectors.append(await asyncio.to_thread(_described, picture))
        return vectors, Usage()


def _described(data: bytes) -> list[float]:
    vector: list[float] = described(opened(data, 2 * SIDE)).tolist()
    return vector


def described(picture: Image.Image) -> Floats:
    """The descriptor of an RGB picture, of length 1."""
    # Stretched to a square: the same picture in another shape has the same layout.
    square = picture.resize((SIDE, SIDE), Image.Resampling.BOX)
    light, blue, red = (np.asarray(band, np.float64) for band in square.convert("YCbCr").split())
    parts = (
        (LIGHT_SHARE, _frequencies(light)),
        (EDGE_SHARE, _edges(light)),
        (COLOUR_SHARE, _colours(blue, red)),
    )
    vector = np.concatenate([np.sqrt(share) * _unit(part) for share, part in parts] + [[FLOOR]])
    result: Floats = vector / np.linalg.norm(vector)
    return result


def _unit(part: Floats) -> Floats:
    """At length 1, or shorter where there is next to nothing: noise must not be blown up."""
    scaled: Floats = part / max(float(np.linalg.norm(part)), 1.0)
    return scaled


def _frequencies(light: Floats) -> Floats:
    factor = SIDE // LIGHT_SIDE
    small = light.reshape(LIGHT_SIDE, factor, LIGHT_SIDE, factor).mean(axis=(1, 3))
    waves = _COSINES @ small @ _COSINES.T
    return np.asarray(waves[:FREQUENCIES, :FREQUENCIES]).ravel()[1:]


def _edges(light: Floats) -> Floats:
    down, across = np.gradient(light)
    strength = np.hypot(across, down)
    # A line is a line, whichever side of it is the dark one.
    turn = (np.arctan2(down, across) % np.pi) / np.pi * DIRECTIONS
    low = np.floor(turn).astype(int)
    over = turn - low
    maps = np.zeros((DIRECTIONS, SIDE, SIDE))
    rows, columns = np.indices(light.shape)
    maps[low % DIRECTIONS, rows, columns] += strength * (1 - over)
    maps[(low + 1) % DIRECTIONS, rows, columns] += strength * over
    cells = np.einsum("ay,dyx,bx->abd", _EDGE_CELLS, maps, _EDGE_CELLS)
    # Roots, so that one strong edge does not drown the others; what all directions share says
    # only that there is something.
    cells = np.sqrt(cells)
    centred: Floats = cells - cells.mean(axis=2, keepdims=True)
    return centred.ravel()


def _colours(blue: Floats, red: Floats) -> Floats:
    planes = [_COLOUR_CELLS @ (plane - 128.0) @ _COLOUR_CELLS.T for plane in (blue, red)]
    return np.concatenate([plane.ravel() for plane in planes])


def _cosines(size: int) -> Floats:
    """The orthonormal cosine transform, shape (size, size)."""
    places = np.arange(size)
    waves = np.cos(np.pi * np.outer(places, places + 0.5) / size) * np.sqrt(2 / size)
    waves[0] /= np.sqrt(2)
    return np.asarray(waves)


def _windows(cells: int) -> Floats:
    """Smooth overlapping windows along one side, each summing to 1, shape (cells, SIDE)."""
    places = (np.arange(SIDE) + 0.5) / SIDE * cells
    middles = np.arange(cells) + 0.5
    windows = np.exp(-0.5 * ((places[None] - middles[:, None]) / 0.5) ** 2)
    return np.asarray(windows / windows.sum(axis=1, keepdims=True))


_COSINES = _cosines(LIGHT_SIDE)
_EDGE_CELLS = _windows(CELLS)
_COLOUR_CELLS = _windows(COLOUR_CELLS)
