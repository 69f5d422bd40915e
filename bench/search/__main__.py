"""`python -m bench.search`: build 1,000 spaces with 200,000 passages, and search them."""

import argparse
import asyncio
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import uvloop

from adapters.store.database import Database
from bench.search import library, page, rivals, sizes
from bench.search.corpus import Corpus, Spread
from bench.search.measure import measured
from bench.search.server import Server, serving
from bench.search.spread import spread
from local.paths import PROJECT

FOLDER = PROJECT / ".holdfast-bench" / "search"
REPORT = PROJECT / "bench" / "search.json"
QUESTIONS = 100
# Which space the other ways are compared on.
RIVALRY = 25_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="17,500 passages, two minutes")
    parser.add_argument("--rivals", action="store_true", help="compare other ways to do it too")
    parser.add_argument("--spread", action="store_true", help="and vectors of full rank")
    parser.add_argument("--data", type=Path, default=FOLDER, help="the server's folder, made anew")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the figures go")
    return parser.parse_args()


async def run(given: argparse.Namespace, server: Server) -> dict[str, Any]:
    corpus = Corpus()
    database = Database(server.application)
    try:
        plan = library.QUICK if given.quick else library.WHOLE
        spaces, took = await library.built(database, corpus, plan)
        found: dict[str, Any] = {
            "passages": sum(space.size for space in spaces),
            "spaces": len(spaces),
            "build": page.build(took),
            "tables": page.tables(await sizes.tables(server.superuser)),
        }
        # Connections and caches as in a server that has been up for a while.
        await measured(database, corpus, spaces, QUESTIONS // 4)
        found["sizes"] = page.figures(await measured(database, corpus, spaces, QUESTIONS))
        if given.rivals:
            space = min(spaces, key=lambda one: abs(one.size - RIVALRY))
            ways = await rivals.compared(server.superuser, space, corpus)
            found["rivals"] = [page.rival(one) for one in ways]
        if given.spread:
            found["spread"] = page.figures(await spread(database, Spread(300, 1), given.quick))
        return found
    finally:
        await database.close()


async def main() -> None:
    """SIGTERM ends it as Ctrl-C does: the server is stopped."""
    given = arguments()
    if (task := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    shutil.rmtree(given.data, ignore_errors=True)
    async with serving(given.data) as server:
        found = await run(given, server)
    print(page.shown(found))
    given.report.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    uvloop.run(main())
