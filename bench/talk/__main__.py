"""`python -m bench.talk`: searches over 100,000 messages, pages and forks of 10,000, the trigger.

A Postgres of its own, filled with words as frequent as Zipf says; nothing is written to the tree.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from adapters.store.database import Database
from bench.search.server import serving
from bench.talk.filling import Filling
from bench.talk.measure import measured


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.talk", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--long", type=int, default=10_000, help="messages of the longest")
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    asyncio.run(_run(given.messages, given.long, given.rounds))


async def _run(messages: int, long: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder)) as server:
            database = Database(server.application)
            try:
                filling = Filling(server.superuser)
                await filling.fill(messages, long)
                async for line in measured(database, filling, rounds):
                    print(line)
            finally:
                await database.close()


if __name__ == "__main__":
    main()
