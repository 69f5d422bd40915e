"""What a run measured, as it grows: `bench/results.json`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.spread import Row, row, tail


@dataclass(slots=True)
class Results:
    """Samples by figure and contender, in the order in which they were first seen."""

    samples: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)
    """What went wrong, by contender: shown in the report, never left out."""
    given_up: set[str] = field(default_factory=set)
    """Contenders that only failed: asking on would cost the others' time."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each kind of measurement took."""
    _tails: dict[tuple[str, str], Row] = field(default_factory=dict)

    def add(self, figure: str, contender: str, unit: str, values: Sequence[float]) -> None:
        if values:
            self.samples.setdefault((figure, contender, unit), []).extend(values)

    def fail(self, contender: str, reasons: Sequence[str]) -> None:
        if reasons:
            self.failures.setdefault(contender, []).extend(reasons)

    def judge(self, contender: str, failures: Sequence[str], *, hopeless: bool) -> None:
        """Note a round's failures; who did nothing else is not asked again."""
        self.fail(contender, failures)
        if hopeless:
            self.given_up.add(contender)

    def tail(self, figure: str, contender: str, name: str, share: float) -> None:
        """Note a quantile of what another figure has by now, as a figure of its own."""
        for (one, who, unit), values in self.samples.items():
            if (one, who) == (figure, contender):
                self._tails[name, contender] = tail(name, contender, unit, values, share)

    def rows(self) -> list[Row]:
        measured = [
            row(figure, contender, unit, values)
            for (figure, contender, unit), values in self.samples.items()
        ]
        return [*measured, *self._tails.values()]

    def values(self, figure: str, contender: str) -> list[float]:
        for (name, who, _), values in self.samples.items():
            if (name, who) == (figure, contender):
                return values
        return []

    def row(self, figure: str, contender: str) -> Row | None:
        for (name, who, unit), values in self.samples.items():
            if (name, who) == (figure, contender):
                return row(figure, contender, unit, values)
        return self._tails.get((figure, contender))

    def median(self, figure: str, contender: str) -> float | None:
        found = self.row(figure, contender)
        return None if found is None else found.median


def write(results: Results, path: Path) -> None:
    lines = ",\n".join(f"  {json.dumps(one.written())}" for one in results.rows())
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
