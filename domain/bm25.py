"""BM25 over posting lists in blocks: how they are packed, and what they score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

# Passages in a block: a posting's place in it fits 16 bits, and rewriting a whole list of a
# common word stays below 20 KB.
BLOCK_BITS: Final = 12
BLOCK: Final = 1 << BLOCK_BITS
# The usual values, Lucene's too.
K1: Final = 1.2
B: Final = 0.75

# Place in the block, how often the passage has the term, and its length in terms: the length is
# repeated in each of its postings, so that nothing else has to be read.
POSTING: Final = np.dtype([("place", "<u2"), ("frequency", "u1"), ("length", "<u2")])

Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one row says: the passages of a block that have a term."""

    term: str
    block: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Extent:
    """A space's passages and terms; passage numbers are below `next_number`."""

    passages: int
    terms: int
    next_number: int


def packed(
    passages: Iterable[tuple[int, Mapping[str, int], int]],
) -> dict[tuple[str, int], bytes]:
    """Postings of these passages (number, frequencies, length), by term and block."""
    lists: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
    for number, frequencies, length in passages:
        block, place = number >> BLOCK_BITS, number & (BLOCK - 1)
        shown = min(length, 65_535)
        for term, frequency in frequencies.items():
            lists.setdefault((term, block), []).append((place, min(frequency, 255), shown))
    return {key: np.array(lists[key], POSTING).tobytes() for key in sorted(lists)}


def without(data: bytes, places: npt.NDArray[np.uint16]) -> bytes:
    """The list without the passages at these places of its block."""
    postings = np.frombuffer(data, POSTING)
    return postings[~np.isin(postings["place"], places)].tobytes()


def best(
    listings: Sequence[Listing],
    asked: Mapping[str, int],
    extent: Extent,
    limit: int,
    allowed: npt.NDArray[np.bool_] | None = None,
) -> list[tuple[int, float]]:
    """Numbers and scores of the best passages, best first; of equals, the lower number.

    `allowed`, by number, leaves out the others; what a word weighs is still of the whole space.
    """
    if not listings or not extent.passages:
        return []
    numbers, weights = _weighed(listings, asked, extent)
    scores = np.bincount(numbers, weights=weights, minlength=extent.next_number)
    if allowed is not None:
        scores[: len(allowed)] *= allowed
        scores[len(allowed) :] = 0
    found = np.flatnonzero(scores)
    if len(found) > limit:
        least = np.partition(scores[found], -limit)[-limit]
        found = found[scores[found] >= least]
    order = np.lexsort((found, -scores[found]))[:limit]
    return [(int(number), float(scores[number])) for number in found[order]]


def _weighed(
    listings: Sequence[Listing], asked: Mapping[str, int], extent: Extent
) -> tuple[Numbers, Scores]:
    """Each posting's passage, and what it adds to that passage's score."""
    lists = [np.frombuffer(listing.data, POSTING) for listing in listings]
    sizes = np.array([len(one) for one in lists])
    having: dict[str, int] = {}
    for listing, size in zip(listings, sizes.tolist(), strict=True):
        having[listing.term] = having.get(listing.term, 0) + size
    weight = {
        term: asked[term] * np.log1p((extent.passages - count + 0.5) / (count + 0.5))
        for term, count in having.items()
    }
    postings = np.concatenate(lists)
    bases = np.repeat(np.array([listing.block << BLOCK_BITS for listing in listings]), sizes)
    rarity = np.repeat(np.array([weight[listing.term] for listing in listings]), sizes)
    average = max(extent.terms / extent.passages, 1.0)
    frequency = postings["frequency"].astype(np.float64)
    norm = K1 * (1 - B + B * postings["length"].astype(np.float64) / average)
    return bases + postings["place"], rarity * frequency * (K1 + 1) / (frequency + norm)
