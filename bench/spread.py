"""Medians with their spread."""

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass

# Draws for a tail's own spread; more of them do not change two digits.
DRAWS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `bench/results.json`."""

    figure: str
    contender: str
    unit: str
    median: float
    p5: float
    p95: float
    n: int

    def written(self) -> dict[str, str | float | int]:
        return asdict(self)


def quantile(values: Sequence[float], share: float) -> float:
    """Of sorted values, between the two nearest."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def row(figure: str, contender: str, unit: str, values: Sequence[float]) -> Row:
    ordered = sorted(values)
    p5, median, p95 = (round(quantile(ordered, share), 3) for share in (0.05, 0.5, 0.95))
    return Row(figure, contender, unit, median, p5, p95, len(ordered))


def tail(figure: str, contender: str, unit: str, values: Sequence[float], share: float) -> Row:
    """A quantile as a figure of its own. Its p5 and p95 are what drawing the samples anew gives,
    its n is how many samples it was taken from."""
    ordered = sorted(values)
    chance = random.Random(len(ordered))  # noqa: S311 -- the same samples give the same spread
    drawn = sorted(
        quantile(sorted(chance.choices(ordered, k=len(ordered))), share) for _ in range(DRAWS)
    )
    low, high = quantile(drawn, 0.05), quantile(drawn, 0.95)
    middle = quantile(ordered, share)
    return Row(
        figure, contender, unit, round(middle, 3), round(low, 3), round(high, 3), len(ordered)
    )
