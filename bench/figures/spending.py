"""What a turn costs: transactions, WAL, commands, actions, and CPU by the token.

Tokens come as a model sends them: without a gap, many would go in one append, and a token would
seem to cost next to nothing. `docs/scale.md` is computed from these figures.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import quote
from uuid import UUID

from bench import processor
from bench.client import Connection, TurnFailedError
from bench.figures.loaded import SHAPE as FAST
from bench.figures.single import SHAPE
from bench.load import Shape, drive
from bench.ours import Holdfast
from bench.place import Place
from bench.plan import SHORT_PAUSE, Plan
from bench.program import ProgramFailedError
from bench.results import Results
from bench.servers import Count, Servers
from local.paths import PROJECT
from local.ports import HOST
from local.probe import fetched
from local.process import Program, finished
from models import ids
from models.payloads.scope import Scope

PER_TURN = "per turn: "
AT_REST = "CPU at rest, "
PER_SESSION = "per session: Temporal actions"
POSTGRES_CONNECTIONS = "connections to Postgres, of an edge and a worker"
REDIS_CONNECTIONS = "connections to Redis, of an edge and a worker"
READER_BYTES = PER_TURN + "sent to its reader"
# An idle backend reports its transactions after at most 10 s.
REPORTED_SECONDS = 11.0
READ_TURNS = 40
READ_CLIENTS = 4
# Two lengths: what grows with the answer, and what does not. Clients so many that both are far
# from what the machine can do.
SHAPES = ((Shape(tokens=50, gap_ms=20.0), 6), (Shape(tokens=250, gap_ms=20.0), 20))
# Before anything is counted, so that pools are as large as they get.
CROWD = 16
CROWD_TURNS = 64
HISTORIES_SECONDS = 60.0
SUMMARY_SECONDS = 60.0
LOOK = 0.1


async def measure(place: Place, plan: Plan, results: Results) -> None:
    contender = Holdfast(place.stack, "direct", "holdfast")
    await _histories(contender, place, plan, results)
    await _counters(contender, place, plan, results)


async def _histories(contender: Holdfast, place: Place, plan: Plan, results: Results) -> None:
    """The second turn of a conversation: the first opens its session too, which is told apart."""
    stack = place.stack
    scope = Scope(organisation_id=stack.organisation_id, space_id=stack.space_id)
    turns, sessions = [], []
    connection = Connection(HOST, contender.port)
    try:
        for _ in range(plan.histories):
            conversation = await contender.conversation(connection)
            turns.append(ids.turn_workflow_id(scope, UUID(conversation)))
            await connection.send(contender.ask(conversation, SHAPE.content()))
            # A message that comes as the last turn ends is answered by the same run.
            await _closed(place, turns[-1:])
            answer = await connection.send(contender.ask(conversation, SHAPE.content()))
            results.add(READER_BYTES, contender.name, "KB", [answer.size / 1_000])
            closed = await connection.send(contender.close(conversation))
            session = UUID(json.loads(bytes(closed.said))["session_id"])
            sessions.append(ids.session_workflow_id(scope, session))
    finally:
        connection.close()
    await _closed(place, [*turns, *sessions])
    for one in await _spent(place, turns):
        for name, unit in (
            ("actions", "actions"),
            ("events", "events"),
            ("kilobytes", "KB"),
            ("transitions", "writes"),
            ("workflow_tasks", "tasks"),
            ("activities", "tasks"),
        ):
            figure = f"{PER_TURN}Temporal {name.replace('_', ' ')}"
            results.add(figure, contender.name, unit, [float(one[name])])
    for one in await _spent(place, sessions):
        results.add(PER_SESSION, contender.name, "actions", [float(one["actions"])])


async def _closed(place: Place, workflows: list[str]) -> None:
    """Wait until none of them runs."""
    async with asyncio.timeout(SUMMARY_SECONDS):
        for one in workflows:
            path = f"/api/v1/namespaces/default/workflows/{quote(one, safe='')}"
            while await _runs(place, path):  # noqa: ASYNC110 -- a server's state sets no event
                await asyncio.sleep(LOOK)


async def _runs(place: Place, path: str) -> bool:
    return b"EXECUTION_STATUS_RUNNING" in (await fetched(place.ui_port, path) or b"")


async def _spent(place: Place, workflows: list[str]) -> list[dict[str, float]]:
    argv = (sys.executable, "-m", "bench.histories", place.stack.temporal_address, *workflows)
    started = Program("histories", argv, dict(os.environ), cwd=PROJECT)
    # Such clients may end with a signal after they have said everything.
    _, said = await finished(started, HISTORIES_SECONDS)
    for line in said.splitlines():
        if line.startswith("["):
            found: list[dict[str, float]] = json.loads(line)
            return found
    raise ProgramFailedError(f"No histories: {said[-2_000:]}")


def of_tokens(tokens: int, what: str) -> str:
    return f"per turn of {tokens} tokens: {what}"


async def _counters(contender: Holdfast, place: Place, plan: Plan, results: Results) -> None:
    async with Servers(place) as servers:
        await _turns(contender, FAST, CROWD_TURNS, CROWD)
        postgres, redis = await servers.connections()
        results.add(POSTGRES_CONNECTIONS, contender.name, "", [float(postgres)])
        results.add(REDIS_CONNECTIONS, contender.name, "", [float(redis)])
        rest = await _statements(contender, place, servers, results)
        for role, share in rest.items():
            results.add(AT_REST + role, contender.name, "ms/s", [share * 1_000])
        for shape, clients in SHAPES:
            for _ in range(plan.spending_rounds):
                await _round(contender, place, servers, shape, clients, rest, plan, results)


async def _statements(
    contender: Holdfast, place: Place, servers: Servers, results: Results
) -> Mapping[str, float]:
    """Transactions and statements of a turn; returns the CPU that each role uses at rest, in
    seconds of a second, since this waits anyway."""
    await servers.telling(on=True)
    idle = _cpu(place)
    await asyncio.sleep(REPORTED_SECONDS)
    rest = {role: (used - idle[role]) / REPORTED_SECONDS for role, used in _cpu(place).items()}
    first, told = await servers.count(), servers.statements()
    await _turns(contender, FAST, READ_TURNS, READ_CLIENTS)
    last = await servers.count()
    await asyncio.sleep(REPORTED_SECONDS)
    spent = (await servers.count()).transactions - first.transactions
    told = servers.statements() - told
    await servers.telling(on=False)
    name = contender.name
    results.add(f"{PER_TURN}Postgres transactions", name, "", [spent / READ_TURNS])
    results.add(f"{PER_TURN}Postgres statements", name, "", [told / READ_TURNS])
    writing = (last.writing - first.writing) / READ_TURNS
    results.add(f"{PER_TURN}Postgres transactions that write", name, "", [writing])
    # Tables grow by pages.
    stored = (last.stored - first.stored) / 1_000 / READ_TURNS
    results.add(f"{PER_TURN}Postgres storage", name, "KB", [stored])
    return rest


def _cpu(place: Place) -> Mapping[str, float]:
    return {role: processor.seconds(pids) for role, pids in place.stack.processes.items()}


async def _round(
    contender: Holdfast,
    place: Place,
    servers: Servers,
    shape: Shape,
    clients: int,
    rest: Mapping[str, float],
    plan: Plan,
    results: Results,
) -> None:
    turns = clients * plan.spending_turns
    before, used = await servers.count(), _cpu(place)
    seconds = await _turns(contender, shape, turns, clients)
    after = await servers.count()
    for role, now in _cpu(place).items():
        milliseconds = (now - used[role] - rest[role] * seconds) * 1_000 / turns
        results.add(of_tokens(shape.tokens, f"CPU, {role}"), contender.name, "ms", [milliseconds])
    for what, unit, spent in _spending(before, after):
        results.add(of_tokens(shape.tokens, what), contender.name, unit, [spent / turns])


def _spending(before: Count, after: Count) -> Iterator[tuple[str, str, float]]:
    yield "Postgres WAL", "KB", (after.wal - before.wal) / 1_000
    yield "Redis commands", "", after.commands - before.commands
    yield "Redis received", "KB", (after.received - before.received) / 1_000
    yield "Redis sent", "KB", (after.sent - before.sent) / 1_000
    yield "Redis memory", "KB", (after.held - before.held) / 1_000


async def _turns(contender: Holdfast, shape: Shape, count: int, clients: int) -> float:
    """So many, a conversation for each ten of a client's; how many seconds they took."""
    done = await drive(
        contender,
        shape,
        clients=clients,
        goes_on=lambda begun, _: begun < count,
        pause=SHORT_PAUSE,
    )
    if done.failures:
        raise TurnFailedError(done.failures[0])
    return done.seconds
