"""`python -m tests.chaos [--short] [--fault N] [--seed S] [--runs K]`."""

import argparse
import asyncio
import itertools
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import machine
from local.environment import UNHURRIED
from local.errors import StackError
from local.paths import PROJECT
from tests.chaos import histories, page, report
from tests.chaos.fault import Fault
from tests.chaos.report import Result
from tests.chaos.rows import FAULTS
from tests.chaos.site import Site, SiteError, started
from tests.chaos.trial import trial

FOLDER = PROJECT / ".holdfast-chaos"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    numbers = sorted({fault.number for fault in FAULTS})
    parser.add_argument("--short", action="store_true", help="the selection for every change")
    parser.add_argument("--fault", type=int, action="append", choices=numbers, help="only this row")
    parser.add_argument("--seed", type=int, help="of the first run; the next ones count on")
    parser.add_argument("--runs", type=int, help="of each row, instead of its own number")
    parser.add_argument("--page", action="store_true", help="write docs/chaos.md, of a whole run")
    parser.add_argument("--data", type=Path, default=FOLDER, help="where stack and report go")
    return parser.parse_args()


async def _all(
    given: argparse.Namespace, console: Console, note: Callable[[list[Result]], None]
) -> list[Result]:
    chosen = [fault for fault in FAULTS if given.fault is None or fault.number in given.fault]
    seed: int = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    console.print(f"seed {seed}", highlight=False)
    folder: Path = given.data / "stack"
    await asyncio.to_thread(_emptied, folder)
    since = datetime.now(UTC)
    began = time.monotonic()
    results: list[Result] = []
    async with started(folder) as site:
        console.print(f"stack up after {time.monotonic() - began:.0f} s", highlight=False)
        for provider, group in itertools.groupby(chosen, key=lambda fault: fault.provider):
            async with site.providing(provider):
                for fault in group:
                    runs = given.runs or fault.runs(short=given.short)
                    results += await _repeated(site, fault, range(seed, seed + runs), console)
                    note(results)
        results.append(await _histories(site, since, seed))
        _say(results[-1], console)
    return results


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


async def _repeated(
    site: Site, fault: Fault, seeds: Sequence[int], console: Console
) -> list[Result]:
    results: list[Result] = []
    if not seeds:
        return results
    async with fault.around(site):
        for seed in seeds:
            results.append(await trial(site, fault, seed))
            _say(results[-1], console)
    return results


async def _histories(site: Site, since: datetime, seed: int) -> Result:
    began = time.monotonic()
    result = Result(0, "every history replays, and holds no large payload", seed, "–", None)
    found = await histories.read_all(site.temporal_address, since)
    result.violations = found.violations
    result.facts = {"histories": found.measured, "bytes of the largest payload": found.largest}
    result.turns = found.replayed
    result.seconds = time.monotonic() - began
    return result


def _say(result: Result, console: Console) -> None:
    verdict = "passed" if result.passed else f"FAILED ({len(result.violations)} violations)"
    facts = "".join(f", {name} {value:g}" for name, value in result.facts.items())
    console.print(
        f"{result.number:>2} {result.name}, seed {result.seed}: {verdict}"
        f" in {result.seconds:.0f} s{facts}",
        highlight=False,
        soft_wrap=True,
    )
    for violation in result.violations[:3]:
        console.print(f"     {violation}", markup=False, highlight=False, soft_wrap=True)


def main() -> int:
    given = _arguments()
    os.environ.update(UNHURRIED)
    # Wide enough for the table where nobody looks on.
    console = Console(width=None if sys.stdout.isatty() else 160)
    given.data.mkdir(parents=True, exist_ok=True)
    (given.data / ".gitignore").write_text("*\n")
    here = machine.this()
    began = time.monotonic()

    def note(results: list[Result]) -> None:
        """After each row, so that a run that is broken off has not been for nothing."""
        report.write(results, given.data / "report.json")
        if given.page and given.fault is None and given.runs is None:
            took = time.monotonic() - began
            page.write(results, FAULTS, here, took, PROJECT / "docs" / "chaos.md")

    try:
        results = asyncio.run(_all(given, console, note))
    except (SiteError, StackError) as error:
        console.print(str(error), style="red", markup=False)
        console.print("0 passed, 1 failed", highlight=False)
        return 1
    report.show(results, console)
    note(results)
    took = time.monotonic() - began
    failed = sum(not result.passed for result in results)
    console.print(
        f"{took:.0f} s; the report is in {given.data / 'report.json'}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"{len(results) - failed} passed, {failed} failed", highlight=False)
    return 1 if failed else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The engine's client may crash the interpreter on its way out, which would hide the verdict.
    os._exit(code)
