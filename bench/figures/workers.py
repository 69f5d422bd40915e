"""One worker and two: on a stack of its own each, since a stack is started with its number."""

from pathlib import Path

from bench.figures import loaded
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import Plan
from bench.results import Results
from local.stack import Options, running

COUNTS = (1, 2)


async def measure(data: Path, plan: Plan, results: Results) -> None:
    for count in COUNTS:
        name = f"holdfast, {count} worker" + ("s" if count > 1 else "")
        async with running(data / "stack", options=Options(workers=count)) as stack:
            contender = Holdfast(stack, "direct", name)
            await loaded.measure([contender], Place(stack, data), plan, results)
