"""Many turns at once: turns per second, and what each costs in CPU."""

import random
from collections.abc import Mapping, Sequence

from bench import processor
from bench.contender import Contender, Kind
from bench.load import Round, Shape, drive
from bench.place import Place
from bench.plan import SHORT_PAUSE, Plan
from bench.results import Results
from local.stack import PRODUCT

SHAPE = Shape(tokens=50)
# CPU per turn is told of this load: one at a time, idle costs would count as the turn's.
CPU_CLIENTS = 16
WARM_UP_SECONDS = 1.0


def figure(clients: int) -> str:
    return f"turns/s, {clients} at once"


def first_token(clients: int) -> str:
    return f"time to first token, {clients} at once"


def cpu(role: str) -> str:
    return f"CPU per turn, {role}"


def memory(role: str, when: str) -> str:
    return f"memory {when}, {role}"


def remember(contenders: Sequence[Contender], when: str, results: Results) -> None:
    """What each contender's own processes hold now."""
    for contender in contenders:
        for role, pids in contender.processes().items():
            held = processor.resident(pids)
            results.add(memory(role, when), contender.name, "MB", [held])


async def measure(
    contenders: Sequence[Contender], place: Place, plan: Plan, results: Results
) -> None:
    await rounds(contenders, place, plan, results)
    remember(contenders, "after load", results)
    for server, pids in place.stack.processes.items():
        if server not in PRODUCT:
            held = processor.megabytes(pids)
            results.add(memory(server, "after load"), "everybody's servers", "MB", [held])


async def rounds(
    contenders: Sequence[Contender], place: Place, plan: Plan, results: Results
) -> None:
    for clients in plan.at_once:
        await warm(contenders, clients, results)
        for _ in range(plan.loaded_rounds):
            await once(random.sample(contenders, len(contenders)), place, clients, plan, results)


async def warm(contenders: Sequence[Contender], clients: int, results: Results) -> None:
    for contender in contenders:
        if contender.name not in results.given_up:
            done = await _load(contender, clients, WARM_UP_SECONDS)
            results.judge(contender.name, done.failures, hopeless=done.hopeless)


async def once(
    contenders: Sequence[Contender], place: Place, clients: int, plan: Plan, results: Results
) -> None:
    """One round: each of them, so many at once."""
    for contender in contenders:
        if contender.name in results.given_up:
            continue
        before = _spent(contender, place)
        done = await _load(contender, clients, plan.loaded_seconds)
        after = _spent(contender, place)
        _note(contender, clients, done, results)
        if clients == CPU_CLIENTS and done.answers:
            turns = len(done.answers)
            for role, seconds in after.items():
                used = (seconds - before[role]) * 1_000 / turns
                results.add(cpu(role), contender.name, "ms", [used])


async def _load(contender: Contender, clients: int, seconds: float) -> Round:
    return await drive(
        contender,
        SHAPE,
        clients=clients,
        goes_on=lambda _, passed: passed < seconds,
        pause=SHORT_PAUSE,
    )


def _note(contender: Contender, clients: int, done: Round, results: Results) -> None:
    results.judge(contender.name, done.failures, hopeless=done.hopeless)
    if done.answers:
        results.add(figure(clients), contender.name, "1/s", [done.turns_per_second])
        firsts = [one.first_token for one in done.answers]
        results.add(first_token(clients), contender.name, "ms", firsts)


def _spent(contender: Contender, place: Place) -> Mapping[str, float]:
    """CPU seconds by role; servers are shared, and nobody else is at work meanwhile."""
    spent = {role: processor.seconds(pids) for role, pids in contender.processes().items()}
    if contender.kind is not Kind.FLOOR or contender.servers:
        spent["own processes"] = sum(spent.values())
    for server in (*contender.servers, "model"):
        spent[server] = processor.seconds(place.stack.processes[server])
    return spent
