"""`python -m bench`: measure, print, and write the report."""

import argparse
import time
from pathlib import Path

import uvloop

from bench import field, machine, results
from bench.figures import loaded, single
from bench.place import Place
from bench.plan import QUICK, SMOKE, WHOLE, Plan
from bench.results import Results
from local.paths import PROJECT
from local.stack import Options, running

FOLDER = PROJECT / ".holdfast-bench"
FIGURES = ("single", "loaded")


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
    found = Results()
    print(machine.this(), flush=True)
    async with running(given.data / "stack", options=Options()) as stack:
        place = Place(stack, given.data)
        async with field.opened(given.only or [*field.OPENINGS], place, found) as contenders:
            if "single" in given.figures:
                await single.measure(contenders, plan, found)
            if "loaded" in given.figures:
                await loaded.measure(contenders, place, plan, found)
    return found


def _plan(given: argparse.Namespace) -> Plan:
    if given.smoke:
        return SMOKE
    return QUICK if given.quick else WHOLE


def main() -> None:
    given = arguments()
    began = time.monotonic()
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
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
