"""What a text says of how its embedding shall fail: `@embeddings fail=429 times=2 …`."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.model.directive import Directive, Failure, read_directive
from local.model.embedding import Floats

# Words of a directive alone: a passage's lines may have been joined.
LINE = re.compile(r"@embeddings((?:[ \t]+[a-z_]+=[\w.]+)+)")


@dataclass(frozen=True, slots=True)
class Steering:
    """`ttft_ms` makes the answer late; `fail` is a status, drop, stall or html, or what is wrong
    with the vectors: garbage (NaN), malformed (another dimension), truncate (one too few)."""

    directive: Directive
    line: str

    async def wait(self) -> None:
        await asyncio.sleep((self.directive.ttft_ms or 0) / 1000)


def steering(texts: Sequence[str]) -> Steering:
    """The first text that says something decides for its whole batch."""
    for text in texts:
        if (found := LINE.search(text)) is not None:
            directive, _ = read_directive(f"@offline{found.group(1)}")
            return Steering(directive, found.group(0))
    return Steering(Directive(), "")


def spoilt(vectors: Floats, failure: Failure | None) -> Floats:
    match failure:
        case Failure.GARBAGE:
            return np.full_like(vectors, np.nan)
        case Failure.MALFORMED:
            return vectors[:, :-1]
        case Failure.TRUNCATE:
            return vectors[:-1]
        case _:
            return vectors
