"""The report: a table for people, JSON for machines."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos.timing import Times, quantile
from tests.chaos.violation import Violation

MOST_SHOWN = 40  # violations of one run; the JSON has them all


@dataclass(slots=True)
class Result:
    """One run."""

    number: int
    name: str
    seed: int
    recovery: str
    budget: float | None
    seconds: float = 0.0
    turns: int = 0
    readers: int = 0
    violations: list[Violation] = field(default_factory=list)
    times: Times = field(default_factory=Times)
    facts: dict[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.violations


def seconds(values: Sequence[float], share: float) -> str:
    """A quantile for people; a dash when there is none."""
    value = quantile(values, share)
    return "–" if value is None else f"{value:.2f}"


def grouped(results: Sequence[Result]) -> list[list[Result]]:
    groups: dict[tuple[int, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.number, result.name), []).append(result)
    return list(groups.values())


def joined(group: Sequence[Result]) -> Times:
    times = Times()
    for result in group:
        times.add(result.times)
    return times


def show(results: Sequence[Result], console: Console) -> None:
    table = Table(title="Faults", title_justify="left", show_lines=False)
    for heading in ("#", "fault"):
        table.add_column(heading, justify="left", overflow="fold")
    for heading in (
        "runs", "turns", "readers", "violations", "recovery p50 s", "p95 s", "budget s",
        "turn's end p50 s", "p95 s",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for group in grouped(results):
        first, times = group[0], joined(group)
        p95 = quantile(times.recovery, 0.95)
        over = first.budget is not None and p95 is not None and p95 > first.budget
        budget = "–" if first.budget is None else f"{first.budget:g}{' missed' if over else ''}"
        violations = sum(len(result.violations) for result in group)
        table.add_row(
            str(first.number),
            f"{first.name} → {first.recovery}" if times.recovery else first.name,
            str(len(group)),
            str(sum(result.turns for result in group)),
            str(sum(result.readers for result in group)),
            str(violations),
            seconds(times.recovery, 0.5),
            seconds(times.recovery, 0.95),
            budget,
            seconds(times.ending, 0.5),
            seconds(times.ending, 0.95),
            style="bold red" if violations else "",
        )
    console.print(table)
    for result in results:
        if result.violations:
            _show_violations(result, console)


def _show_violations(result: Result, console: Console) -> None:
    console.print(f"\n{result.number} {result.name}, seed {result.seed}:", style="bold red")
    for violation in result.violations[:MOST_SHOWN]:
        console.print(f"  {violation}", markup=False, highlight=False, soft_wrap=True)
    if (rest := len(result.violations) - MOST_SHOWN) > 0:
        console.print(f"  and {rest} more, in the JSON")


def write(results: Sequence[Result], path: Path) -> None:
    document = [
        {
            "number": result.number,
            "fault": result.name,
            "seed": result.seed,
            "passed": result.passed,
            "seconds": round(result.seconds, 2),
            "turns": result.turns,
            "readers": result.readers,
            "facts": result.facts,
            "recovery": {
                "of": result.recovery,
                "budget": result.budget,
                "p50": quantile(result.times.recovery, 0.5),
                "p95": quantile(result.times.recovery, 0.95),
                "n": len(result.times.recovery),
            },
            "ending": {
                "p50": quantile(result.times.ending, 0.5),
                "p95": quantile(result.times.ending, 0.95),
                "n": len(result.times.ending),
            },
            "violations": [
                {"invariant": v.invariant, "subject": v.subject, "detail": v.detail}
                for v in result.violations
            ],
        }
        for result in results
    ]
    path.write_text(json.dumps(document, indent=2) + "\n")
