"""One turn at a time: what a contender adds before the first token, and to each that follows."""

import random
from collections.abc import Sequence

from bench.contender import Contender
from bench.load import Shape, drive
from bench.plan import PAUSE, Plan
from bench.results import Results

FIRST_TOKEN = "time to first token"  # noqa: S105 - a figure's name
ADDED = "added to first token"
TRANSIT = "token transit after the first"
FLOOR = "model server"
# A gap as of a quick model: with none, tokens come in bursts and only throughput is measured.
SHAPE = Shape(tokens=50, gap_ms=5.0)
# Caches, pools and plans are filled before anything counts.
WARM_UP = 5


async def measure(contenders: Sequence[Contender], plan: Plan, results: Results) -> None:
    await rounds(contenders, plan, results)
    floor = results.median(FIRST_TOKEN, FLOOR)
    if floor is None:
        return
    for contender in contenders:
        values = results.values(FIRST_TOKEN, contender.name)
        if contender.name != FLOOR:
            results.add(ADDED, contender.name, "ms", [value - floor for value in values])


async def rounds(contenders: Sequence[Contender], plan: Plan, results: Results) -> None:
    for contender in contenders:
        warm = Results()
        await _round(contender, WARM_UP, warm)
        results.judge(
            contender.name, warm.failures.get(contender.name, ()), hopeless=bool(warm.given_up)
        )
    for _ in range(plan.rounds):
        for contender in random.sample(contenders, len(contenders)):
            if contender.name not in results.given_up:
                await _round(contender, plan.single_turns, results)


async def _round(contender: Contender, turns: int, results: Results) -> None:
    done = await drive(
        contender, SHAPE, clients=1, goes_on=lambda begun, _: begun < turns, pause=PAUSE
    )
    results.add(FIRST_TOKEN, contender.name, "ms", [one.first_token for one in done.answers])
    transits = [value for one in done.answers for value in one.transits]
    results.add(TRANSIT, contender.name, "ms", transits)
    results.judge(contender.name, done.failures, hopeless=done.hopeless)
