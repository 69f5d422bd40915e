"""The tables, in Markdown."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields

from adapters.store.database import POOL_SIZE
from bench.number import short
from bench.scale.assumptions import REASONS, Assumptions, dollars
from bench.scale.load import Load
from bench.scale.turn import Measured, Turn

Need = tuple[str, Callable[[Load], float], str]
NEEDS: tuple[Need, ...] = (
    ("users", lambda load: load.users, ""),
    ("turns in flight", lambda load: load.rate * load.turn.given.seconds, ""),
    ("**edges**, processes of one core", lambda load: load.edges, ""),
    ("- CPU", lambda load: load.cores("edge"), "cores"),
    ("- open readers", lambda load: load.readers, ""),
    ("- their memory", lambda load: load.reader_memory, "GB"),
    ("**workers**, processes of one core", lambda load: load.workers, ""),
    ("- CPU", lambda load: load.cores("worker"), "cores"),
    ("**Temporal Cloud**, actions at peak", lambda load: load.rate * load.turn.actions, "/s"),
    ("- resource units of 500 actions/s", lambda load: load.units, ""),
    ("- actions of a month", lambda load: load.actions_month / 1e9, "billion"),
    ("- by its price list", lambda load: dollars(load.actions_month) / 1_000, "thousand $"),
    (
        "**Temporal, self-hosted**, writes of its store",
        lambda load: load.rate * load.turn.writes,
        "/s",
    ),
    ("- history shards", lambda load: load.shards, ""),
    ("- partitions of the queue `turns`", lambda load: load.partitions, ""),
    ("- CPU, as the development server uses it", lambda load: load.cores("temporal"), "cores"),
    ("- histories kept", lambda load: load.histories, "GB"),
    (
        "**Postgres**, transactions",
        lambda load: load.rate * load.turn.measured("per turn: Postgres transactions"),
        "/s",
    ),
    (
        "- of them, that write",
        lambda load: load.rate * load.turn.measured("per turn: Postgres transactions that write"),
        "/s",
    ),
    (
        "- statements",
        lambda load: load.rate * load.turn.measured("per turn: Postgres statements"),
        "/s",
    ),
    ("- WAL", lambda load: load.of("Postgres WAL") / 1_000, "MB/s"),
    ("- CPU", lambda load: load.cores("postgres"), "cores"),
    ("- connections of edges and workers", lambda load: load.connections, ""),
    ("- storage", lambda load: load.stored, "GB"),
    ("**Redis**, commands", lambda load: load.of("Redis commands"), "/s"),
    ("- received", lambda load: load.of("Redis received") / 1_000, "MB/s"),
    ("- sent", lambda load: load.of("Redis sent") / 1_000, "MB/s"),
    ("- CPU", lambda load: load.cores("redis"), "cores"),
    ("- primaries of one core", lambda load: math.ceil(load.planned("redis")), ""),
)


Ceiling = tuple[str, Callable[[Turn], float], str]
CEILINGS: tuple[Ceiling, ...] = (
    (
        "one edge process",
        lambda turn: turn.given.busy * 1_000 / turn.cpu("edge"),
        "start more: they hold no state; the balancer needs no stickiness",
    ),
    (
        "one worker process",
        lambda turn: turn.given.busy * 1_000 / turn.cpu("worker"),
        "start more: they only ask for work",
    ),
    (
        "4 partitions of the queue `turns`, the default",
        lambda turn: turn.limits.partitions * turn.given.partition_rate / turn.tasks,
        "raise `matching.numTaskqueueReadPartitions` and `…WritePartitions`, while it runs",
    ),
    (
        "a Cloud namespace's 500 actions/s, the default",
        lambda turn: turn.limits.cloud_actions / turn.actions,
        "resource units, by the hour",
    ),
    (
        "a Cloud namespace's 12 resource units, the most without asking",
        lambda turn: turn.limits.cloud_units * turn.limits.cloud_actions / turn.actions,
        "ask its support, or spread organisations over namespaces; fewer heartbeats (below)",
    ),
    (
        "a Cloud namespace's 20,000 pollers",
        lambda turn: (
            turn.limits.cloud_pollers
            / turn.given.pollers
            * turn.given.busy
            * 1_000
            / turn.cpu("worker")
        ),
        "namespaces by organisation; fewer pollers for each worker",
    ),
    (
        "one Redis primary",
        lambda turn: turn.given.busy * 1_000 / turn.cpu("redis"),
        "Redis Cluster from 7 on with sharded pub/sub; a conversation's keys share a hash tag",
    ),
    (
        "one Postgres primary's CPU",
        lambda turn: turn.given.busy * turn.given.postgres_cores * 1_000 / turn.cpu("postgres"),
        "search on replicas or a store of its own; then databases by organisation",
    ),
    (
        "one Postgres primary's commits",
        lambda turn: turn.given.postgres_commits / turn.measured("per turn: Postgres transactions"),
        "databases by organisation: no transaction crosses one",
    ),
    (
        "200 connections to Postgres",
        lambda turn: (
            turn.limits.postgres_connections
            / POOL_SIZE
            * turn.given.busy
            * 1_000
            / (turn.cpu("edge") + turn.cpu("worker"))
        ),
        "PgBouncer in transaction mode: each transaction sets its space by itself",
    ),
)


MULTIPLIED = ("one edge process", "one worker process")


def needs(small: Load, large: Load) -> Iterator[str]:
    yield f"| | {small.rate:,.0f} messages/s | {large.rate:,.0f} messages/s |"
    yield "|---|---|---|"
    for name, need, unit in NEEDS:
        yield f"| {name} | {_number(need(small), unit)} | {_number(need(large), unit)} |"


def ceilings(turn: Turn) -> Iterator[str]:
    yield "| Limit | Reached at, messages/s | What to do |"
    yield "|---|---|---|"
    reached = sorted((limit(turn), name, remedy) for name, limit, remedy in CEILINGS)
    for rate, name, remedy in reached:
        yield f"| {name} | {_number(rate, '')} | {remedy} |"
    rate, first = next((rate, name) for rate, name, _ in reached if name not in MULTIPLIED)
    yield ""
    yield f"The first that starting more processes does not mend: **{first}**, at {short(rate, 2)}."


def turns(turn: Turn) -> Iterator[str]:
    """One turn of the assumed length, which everything else is a multiple of."""
    yield "| Of one turn | | From |"
    yield "|---|---|---|"
    for role in ("edge", "worker", "temporal", "postgres", "redis"):
        source = f"`per turn of 50 / 250 tokens: CPU, {role}`, `CPU per turn, {role}`"
        yield f"| CPU, {role} | {_number(turn.cpu(role), 'ms')} | {source} |"
    for name, value, source in (
        ("Temporal actions", turn.steps, "`per turn: Temporal actions`, `per session: …`"),
        ("heartbeats, actions too", turn.heartbeats, "`workflows/policies.py`"),
        ("writes of Temporal's store", turn.writes, "`per turn: Temporal transitions`, heartbeats"),
        ("tasks through the queue", turn.tasks, "`per turn: Temporal activities`"),
    ):
        yield f"| {name} | {_number(value, '')} | {source} |"


def assumptions(given: Assumptions) -> Iterator[str]:
    usual = Assumptions()
    yield "| `--set` | Value | What |"
    yield "|---|---|---|"
    for one in fields(Assumptions):
        value = getattr(given, one.name)
        changed = "" if value == getattr(usual, one.name) else " (changed)"
        yield f"| `{one.name}` | {value:g}{changed} | {REASONS[one.name]} |"


def _number(value: float, unit: str) -> str:
    """Counts in full, what was measured with two digits."""
    whole = not unit and value == round(value)
    return f"{value:,.0f}" if whole else f"{short(value, 2)} {unit}".strip()


def written(page: str, tables: Mapping[str, Iterator[str]]) -> str:
    """The page with what stands between each table's marks replaced."""
    for name, lines in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"The page has no place for the table {name!r}.")
        page = before + begin + "\n".join([*lines, ""]) + end + after
    return page


def tables(measured: Measured, given: Assumptions) -> Mapping[str, Iterator[str]]:
    turn = Turn(measured, given)
    return {
        "assumptions": assumptions(given),
        "one turn": turns(turn),
        "needs": needs(Load(given.small, turn), Load(given.large, turn)),
        "limits": ceilings(turn),
    }
