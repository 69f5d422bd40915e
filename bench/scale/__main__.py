"""`python -m bench.scale` recomputes the tables of docs/scale.md.

An assumption is changed with `--set name=value`; the page then says so.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from bench.scale.assumptions import Assumptions
from bench.scale.rewriting import PAGE, rewrite
from bench.scale.turn import NotMeasuredError
from local.paths import PROJECT

RESULTS = PROJECT / "bench" / "results.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", dest="changes")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    changes = {
        name: float(value) for name, _, value in (one.partition("=") for one in given.changes)
    }
    try:
        rewrite(given.results, replace(Assumptions(), **changes))
    except NotMeasuredError as error:
        parser.exit(1, f"{PAGE.name} stays as it is: {error}\n")
    print(f"{PAGE.relative_to(PROJECT)} is rewritten.")


if __name__ == "__main__":
    main()
