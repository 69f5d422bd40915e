"""What was found wrong, in words that lead to it."""

from dataclasses import dataclass

LONGEST_DETAIL = 600  # characters: a whole answer in a report helps nobody
_AROUND = 40  # characters shown on either side of a difference


@dataclass(frozen=True, slots=True)
class Violation:
    """`invariant` is I1 to I6 of the design, or the fault's own demand."""

    invariant: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.subject}: {self.detail[:LONGEST_DETAIL]}"


def difference(expected: str, seen: str) -> str:
    """Where two texts part, with what stands around it."""
    place = next(
        (index for index, (a, b) in enumerate(zip(expected, seen, strict=False)) if a != b),
        min(len(expected), len(seen)),
    )
    start = max(0, place - _AROUND)
    end = place + _AROUND
    return (
        f"differs at character {place} of {len(expected)}:"
        f" expected …{expected[start:end]!r}…, seen …{seen[start:end]!r}… ({len(seen)} in all)"
    )
