"""What a run measured, as it grows: `bench/results.json`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.spread import Row, row


@dataclass(slots=True)
class Results:
    """Samples by figure and contender, in the order in which they were first seen."""

    samples: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)
    """What went wrong, by contender: shown in the report, never left out."""

    def add(self, figure: str, contender: str, unit: str, values: Sequence[float]) -> None:
        if values:
            self.samples.setdefault((figure, contender, unit), []).extend(values)

    def fail(self, contender: str, reasons: Sequence[str]) -> None:
        if reasons:
            self.failures.setdefault(contender, []).extend(reasons)

    def rows(self) -> list[Row]:
        return [
            row(figure, contender, unit, values)
            for (figure, contender, unit), values in self.samples.items()
        ]

    def values(self, figure: str, contender: str) -> list[float]:
        for (name, who, _), values in self.samples.items():
            if (name, who) == (figure, contender):
                return values
        return []

    def median(self, figure: str, contender: str) -> float | None:
        found = [one for one in self.rows() if (one.figure, one.contender) == (figure, contender)]
        return found[0].median if found else None


def write(results: Results, path: Path) -> None:
    lines = ",\n".join(f"  {json.dumps(one.written())}" for one in results.rows())
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
