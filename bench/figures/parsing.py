"""Reading documents: pages a second of one core, and the memory of the child that reads them.

`python -m bench.figures.parsing` measures this alone, in half a minute.
"""

import asyncio

from adapters.parsing.process import ChildParser
from bench.paper import FORMATS
from bench.results import Results

OURS = "holdfast"
PAGES = 60
ROUNDS = 3
MEGABYTE = 1024 * 1024


def speed(form: str) -> str:
    return f"reading {form}, of one core"


def memory(form: str) -> str:
    return f"reading {form}: the child's peak memory"


async def measure(results: Results) -> None:
    """CPU seconds are the child's own, as the kernel counts them: other load does not count."""
    parser = ChildParser()
    try:
        for form, (kind, made) in FORMATS.items():
            data = made(PAGES)
            # The first of a kind loads its readers, once for all that follow.
            await parser.parse(kind, data)
            ended = [(await parser.measure(kind, data))[1] for _ in range(ROUNDS)]
            results.add(speed(form), OURS, "pages/s", [PAGES / one.cpu for one in ended])
            results.add(memory(form), OURS, "MB", [one.memory / MEGABYTE for one in ended])
    finally:
        await parser.close()


def main() -> None:
    results = Results()
    asyncio.run(measure(results))
    for row in results.rows():
        print(f"{row.figure:45} {row.median:10,.1f} {row.unit}")


if __name__ == "__main__":
    main()
