"""The report that people read: `docs/chaos.md`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.machine import Machine
from tests.chaos.fault import Fault
from tests.chaos.report import Result, grouped, joined, seconds

HEAD = """# Faults

Written by `make chaos`; a run's every number is in `.holdfast-chaos/report.json`. Rows are those
of the table of faults that Holdfast is to survive. Each run starts from a healthy stack, drives
load through public HTTP, brings its fault to real processes, and then checks from outside,
besides the row's own demands: each accepted turn ended once (I1), at most one side effect for a
key (I2), what each reader holds is what is stored, coarse events once and in order (I3), nothing
shown to another space (I4), every history replays and holds no large payload (I5), and nothing
needed was only in Redis or in a process (I6: turns complete although these died). `python -m
tests.chaos --fault N --seed S --runs K` repeats a run.
"""
TABLE = (
    "| # | Fault | Runs, here / in `chaos-short` | Violations | Recovery is | p50, s | p95, s"
    " | Seconds |\n"
    "|---|---|---|---|---|---|---|---|"
)


def write(
    results: Sequence[Result], faults: Sequence[Fault], machine: Machine, took: float, path: Path
) -> None:
    """Also of a run that was broken off: the page then says what is missing."""
    path.write_text("\n".join(_lines(results, faults, machine, took)), encoding="utf-8")


def _lines(
    results: Sequence[Result], faults: Sequence[Fault], machine: Machine, took: float
) -> Iterator[str]:
    yield HEAD
    yield f"Machine: {machine}. This took {took / 60:.0f} minutes.\n"
    brought = {(result.number, result.name) for result in results}
    wanted = [fault for fault in faults if fault.full_runs]
    if missing := [fault for fault in wanted if (fault.number, fault.name) not in brought]:
        names = "; ".join(f"{fault.number} {fault.name}" for fault in missing)
        yield f"**Broken off; not brought in this run:** {names}.\n"
    yield TABLE
    short = {(fault.number, fault.name): fault.short_runs for fault in faults}
    for group in grouped(results):
        yield _row(group, short)
    yield "\n## What the runs counted\n"
    for group in grouped(results):
        yield from _facts(group)
    yield ""


def _row(group: Sequence[Result], short: Mapping[tuple[int, str], int]) -> str:
    first, times = group[0], joined(group)
    violations = sum(len(result.violations) for result in group)
    budget = "" if first.budget is None else f" (budget {first.budget:g})"
    cells = (
        str(first.number or "–"),
        first.name,
        f"{len(group)} / {short.get((first.number, first.name), 1)}",
        f"**{violations}**" if violations else "0",
        first.recovery if times.recovery else "–",
        seconds(times.recovery, 0.5),
        seconds(times.recovery, 0.95) + budget,
        f"{sum(result.seconds for result in group):.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _facts(group: Sequence[Result]) -> Iterator[str]:
    """Of each run what it counted, beside the seed that repeats it."""
    for result in group:
        if facts := ", ".join(f"{name} {value:g}" for name, value in result.facts.items()):
            yield f"- {result.number or '–'} {result.name}, seed {result.seed}: {facts}"
