"""`python -m bench`: measure, print, and write the report."""

import argparse
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import uvloop

from bench import chart, field, machine, page, results
from bench.contender import Contender
from bench.figures import depth, loaded, readers, recovery, retrieving, single, workers
from bench.machine import raise_open_files
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import QUICK, SMOKE, WHOLE, Plan
from bench.results import Results
from local.paths import PROJECT
from local.stack import Options, running

FOLDER = PROJECT / ".holdfast-bench"
FIGURES = ("single", "loaded", "retrieving", "depth", "readers", "recovery", "workers")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 minutes instead of 60")
    parser.add_argument("--smoke", action="store_true", help="a minute, to see that it works")
    parser.add_argument("--only", nargs="+", choices=[*field.OPENINGS], metavar="CONTENDER")
    parser.add_argument("--figures", nargs="+", choices=FIGURES, default=FIGURES)
    parser.add_argument("--data", type=Path, default=FOLDER, help="servers, environments, logs")
    parser.add_argument("--dry", action="store_true", help="write no report")
    return parser.parse_args()


async def measure(given: argparse.Namespace, plan: Plan) -> Results:
    raise_open_files()
    _forget_runs(given.data)
    found = Results()
    async with running(given.data / "stack", options=Options()) as stack:
        place = Place(stack, given.data)
        async with field.opened(given.only or [*field.OPENINGS], place, found) as contenders:
            await _compared(given.figures, contenders, place, plan, found)
        if any(isinstance(one, Holdfast) for one in contenders):
            await _ours(given.figures, place, plan, found)
    if "workers" in given.figures:
        await workers.measure(given.data, plan, found)
    return found


async def _compared(
    figures: Collection[str],
    contenders: Sequence[Contender],
    place: Place,
    plan: Plan,
    found: Results,
) -> None:
    """Figures of everyone, interleaved."""
    if "single" in figures:
        await single.measure(contenders, plan, found)
    if "loaded" in figures:
        await loaded.measure(contenders, place, plan, found)
    if "recovery" in figures:
        await recovery.measure(contenders, place, plan, found)


async def _ours(figures: Collection[str], place: Place, plan: Plan, found: Results) -> None:
    """Figures that only we have a goal for; the others have been stopped."""
    contender = Holdfast(place.stack, "direct", "holdfast")
    if "depth" in figures:
        await depth.measure(contender, plan, found)
    if "readers" in figures:
        await readers.measure(contender, plan, found)
    if "retrieving" in figures:
        await retrieving.measure(place, plan, found)


def _forget_runs(data: Path) -> None:
    """What an interrupted run left open would be tried again, and cost everyone."""
    for file in (data / "stack").glob("temporal.db*"):
        file.unlink()


def _plan(given: argparse.Namespace) -> Plan:
    if given.smoke:
        return SMOKE
    return QUICK if given.quick else WHOLE


def _words(given: argparse.Namespace) -> str:
    """The command that makes such a report."""
    size = " --smoke" if given.smoke else " --quick" if given.quick else ""
    only = f" --only {' '.join(given.only)}" if given.only else ""
    figures = "" if given.figures == FIGURES else f" --figures {' '.join(given.figures)}"
    return f"`python -m bench{size}{only}{figures}`"


def main() -> None:
    given = arguments()
    began = time.monotonic()
    before = machine.this()
    print(before, flush=True)
    found = uvloop.run(measure(given, _plan(given)))
    for one in found.rows():
        print(
            f"{one.figure:40} {one.contender:20} {one.median:10.2f} {one.unit:4}"
            f" {one.p5:10.2f} {one.p95:10.2f} {one.n:6}"
        )
    for who, reasons in found.failures.items():
        print(f"{who}: {len(reasons)} failures, such as: {reasons[0]}")
    if not given.dry:
        results.write(found, PROJECT / "bench" / "results.json")
        chart.write(found, PROJECT / "docs" / "bench.svg")
        page.write(found, before, _words(given), PROJECT / "docs" / "bench.md")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
