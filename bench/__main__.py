"""`python -m bench`: measure, print, and write the report."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import uvloop

from bench import chart, field, goals, machine, page, results
from bench.course import FIGURES, Course
from bench.plan import QUICK, SMOKE, WHOLE, Plan
from bench.results import Results
from local.environment import UNHURRIED
from local.paths import PROJECT
from local.stack import AlreadyRunningError

FOLDER = PROJECT / ".holdfast-bench"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 minutes instead of 60")
    parser.add_argument("--smoke", action="store_true", help="a minute, to see that it works")
    parser.add_argument("--only", nargs="+", choices=[*field.OPENINGS], metavar="CONTENDER")
    parser.add_argument("--figures", nargs="+", choices=FIGURES, default=FIGURES)
    parser.add_argument("--data", type=Path, default=FOLDER, help="servers, environments, logs")
    parser.add_argument("--dry", action="store_true", help="write no report")
    parser.add_argument("--report", type=Path, help="a folder for the report, if not our own")
    return parser.parse_args()


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


def _said(found: Results) -> None:
    for one in found.rows():
        print(
            f"{one.figure:48} {one.contender:20} {one.median:10.2f} {one.unit:7}"
            f" {one.p5:10.2f} {one.p95:10.2f} {one.n:6}"
        )
    for verdict in goals.judged(found):
        print(f"{verdict.word:13} {verdict.goal}: {verdict.numbers}")
    for who, reasons in found.failures.items():
        print(f"{who}: {len(reasons)} failures, such as: {reasons[0]}")
    for name, seconds in found.seconds.items():
        print(f"{name}: {seconds:.0f} s")


async def _measured(course: Course, found: Results) -> None:
    """SIGTERM ends it as Ctrl-C does: everything that was started is stopped."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await course.run(found)


def _rescaled() -> None:
    """docs/scale.md is a multiple of these numbers. A program of its own: it loads the product."""
    subprocess.run([sys.executable, "-m", "bench.scale"], cwd=PROJECT, check=False)


def main() -> None:
    given = arguments()
    os.environ.update(UNHURRIED)
    began = time.monotonic()
    before = machine.this()
    print(before, flush=True)
    everyone = field.QUICK if given.quick else tuple(field.OPENINGS)
    course = Course(_plan(given), given.only or everyone, given.figures, given.data)
    found = Results()
    try:
        uvloop.run(_measured(course, found))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("Stopped, with all that was started; no report is written.")
    except AlreadyRunningError as error:
        sys.exit(str(error))
    _said(found)
    if not given.dry:
        numbers, pages = (given.report or PROJECT / name for name in ("bench", "docs"))
        results.write(found, numbers / "results.json")
        chart.write(found, pages / "bench.svg")
        page.write(found, before, _words(given), pages / "bench.md")
        if given.report is None:
            _rescaled()
    print(f"{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
