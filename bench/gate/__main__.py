"""`python -m bench.gate`: an obedient victim in 1,054 cases; writes `docs/gate.md`."""

import argparse
import asyncio
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from bench import machine
from bench.gate import cases, page
from bench.gate.runs import Run, runs
from bench.gate.trial import Ended, run
from local.paths import PROJECT
from local.stack import SERVERS, running

FOLDER = PROJECT / ".holdfast-gate"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.gate", description=__doc__)
    parser.add_argument("--most", type=int, help="cases at most, to see that it works")
    parser.add_argument("--sample", type=int, default=10, help="confirming runs: one in so many")
    parser.add_argument("--kind", choices=["base", "enhanced"], default="base")
    parser.add_argument("--dry", action="store_true", help="write no report")
    parser.add_argument("--cases", type=Path, default=cases.FOLDER, help="InjecAgent's files")
    return parser.parse_args()


async def _all(given: argparse.Namespace) -> Mapping[Run, Sequence[Ended]]:
    known = cases.loaded(given.cases, given.kind)
    found: dict[Run, Sequence[Ended]] = {}
    shutil.rmtree(FOLDER, ignore_errors=True)
    async with running(FOLDER, only=SERVERS) as stack:
        for one in runs(given.sample):
            chosen = one.choose(known)[: given.most]
            found[one] = await run(stack, chosen, one.trial)
            print(page.row(one, found[one]), flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    return found


def main() -> int:
    """0 when nothing ran unasked, and the control shows that the attacks are real."""
    given = _arguments()
    # A worker tells of each activity, and of each answer that obeys a stranger.
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if not given.cases.is_dir():
        raise SystemExit(f"{given.cases} is missing: the shared material is needed for this.")
    began = time.monotonic()
    found = asyncio.run(_all(given))
    if not given.dry:
        command = "`python -m bench.gate`"
        page.write(found, str(machine.this()), time.monotonic() - began, command)
    held = not any(ended.harm for one, all_ in found.items() if one.guarded for ended in all_)
    real = all(ended.harm for one, all_ in found.items() if not one.guarded for ended in all_)
    return 0 if held and real else 1


if __name__ == "__main__":
    raise SystemExit(main())
