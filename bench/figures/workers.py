"""One worker and two: the second runs for the middle of the rounds, so that neither is favoured."""

import sys
from dataclasses import replace

from bench.contender import Contender
from bench.figures import loaded
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import Plan
from bench.program import Running, program
from bench.results import Results
from local.paths import PROJECT
from models import names

ONE = "holdfast, 1 worker"
TWO = "holdfast, 2 workers"


async def measure(place: Place, plan: Plan, results: Results) -> None:
    alone = Holdfast(place.stack, "direct", ONE)
    first_half = (plan.loaded_rounds + 1) // 2
    await _rounds(alone, first_half, place, plan, results)
    async with _second(place) as running:
        both = replace(alone, name=TWO, more_workers=(running.pid,))
        await _rounds(both, plan.loaded_rounds, place, plan, results)
    await _rounds(alone, plan.loaded_rounds - first_half, place, plan, results)


async def _rounds(
    contender: Contender, count: int, place: Place, plan: Plan, results: Results
) -> None:
    if not count:
        return
    for clients in plan.at_once:
        await loaded.warm([contender], clients, results)
        for _ in range(count):
            await loaded.once([contender], place, clients, plan, results)


def _second(place: Place) -> Running:
    """Another worker beside the stack's own, as a second machine would run it."""

    async def polls() -> bool:
        queues = (names.TURNS_QUEUE, names.DOCUMENTS_QUEUE)
        return all([await place.polled(queue, running.pid) for queue in queues])

    argv = (sys.executable, str(PROJECT / "worker.py"))
    running = Running(
        program("second worker", argv, place.stack.environment, polls, PROJECT),
        place.log("second-worker"),
    )
    return running
