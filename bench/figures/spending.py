"""What a turn costs the servers: transactions, WAL, commands, actions. `docs/scale.md` needs it."""

import asyncio
import json
import os
import sys
from urllib.parse import quote
from uuid import UUID

from bench.client import Connection, TurnFailedError
from bench.figures.loaded import SHAPE as FAST
from bench.figures.single import SHAPE
from bench.load import drive
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
PER_SESSION = "per session: Temporal actions"
POSTGRES_CONNECTIONS = "connections to Postgres, of an edge and a worker"
REDIS_CONNECTIONS = "connections to Redis, of an edge and a worker"
READER_BYTES = PER_TURN + "sent to its reader"
# An idle backend reports its transactions after at most 10 s.
REPORTED_SECONDS = 11.0
ROUNDS = 3
CLIENTS = 4
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
            await connection.send(contender.close(conversation))
            sessions.append(ids.session_workflow_id(scope, UUID(conversation), 1))
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


async def _counters(contender: Holdfast, place: Place, plan: Plan, results: Results) -> None:
    async with Servers(place) as servers:
        await _turns(contender, CROWD_TURNS, CROWD)
        postgres, redis = await servers.connections()
        await servers.telling(on=True)
        await asyncio.sleep(REPORTED_SECONDS)
        first = await servers.count()
        told = servers.statements()
        for _ in range(ROUNDS):
            before = await servers.count()
            await _turns(contender, plan.spending_turns, CLIENTS)
            _note(before, await servers.count(), plan.spending_turns, results)
        last = await servers.count()
        turns = ROUNDS * plan.spending_turns
        await servers.telling(on=False)
        await asyncio.sleep(REPORTED_SECONDS)
        spent = (await servers.count()).transactions - first.transactions
        told = servers.statements() - told
    results.add(f"{PER_TURN}Postgres transactions", contender.name, "", [spent / turns])
    results.add(f"{PER_TURN}Postgres statements", contender.name, "", [told / turns])
    # Tables grow by pages and buffers come and go: over all rounds together.
    stored, held = last.stored - first.stored, last.held - first.held
    results.add(f"{PER_TURN}Postgres storage", contender.name, "KB", [stored / 1_000 / turns])
    results.add(f"{PER_TURN}Redis memory", contender.name, "KB", [held / 1_000 / turns])
    results.add(POSTGRES_CONNECTIONS, contender.name, "", [float(postgres)])
    results.add(REDIS_CONNECTIONS, contender.name, "", [float(redis)])


def _note(before: Count, after: Count, turns: int, results: Results) -> None:
    for name, unit, scale, spent in (
        ("Postgres WAL", "KB", 1_000, after.wal - before.wal),
        ("Redis commands", "", 1, after.commands - before.commands),
        ("Redis received", "KB", 1_000, after.received - before.received),
        ("Redis sent", "KB", 1_000, after.sent - before.sent),
    ):
        results.add(PER_TURN + name, "holdfast", unit, [spent / scale / turns])


async def _turns(contender: Holdfast, count: int, clients: int) -> None:
    """So many, opening a conversation for each ten of them."""
    done = await drive(
        contender,
        FAST,
        clients=clients,
        goes_on=lambda begun, _: begun < count,
        pause=SHORT_PAUSE,
    )
    if done.failures:
        raise TurnFailedError(done.failures[0])
