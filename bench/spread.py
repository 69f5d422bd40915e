"""Medians with their spread."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass


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
