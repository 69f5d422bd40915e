"""Where the figures must be, and whether they are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.number import number
from bench.results import Results

OURS = "holdfast"
RETRIEVING = "holdfast, retrieving"
BARE = "bare workflow"
PROXY = "plain proxy"
# LangGraph's dev server keeps nothing through a kill, and is told of apart.
DURABLE = ("DBOS", "workflow_streams", "Aegra", "Aegra with Redis")

ADDED = "added to first token"
APART = "added to first token, embedding call apart"
TRANSIT = "token transit after the first"
SIXTEEN = "turns/s, 16 at once"
TAIL = "p99 of time to first token, 16 at once"
CPU = "CPU per turn, own processes"
KILLED = "killed: time to the next new token"
RECOVERED = "killed: answers that went on"
FIRST = "added to first token, first turn after a start"
STEADY = "added to first token, steady turns after it"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`limit` and `measured` are None when this run did not measure what they need."""

    goal: str
    unit: str
    limit: float | None = None
    measured: float | None = None
    lowest: float | None = None
    """Where a figure must lie between two numbers."""
    most: bool = True
    """The limit is the most that is allowed, or else the least."""

    @property
    def met(self) -> bool | None:
        if self.limit is None or self.measured is None:
            return None
        if self.lowest is not None and self.measured < self.lowest:
            return False
        return self.measured <= self.limit if self.most else self.measured >= self.limit

    @property
    def word(self) -> str:
        return "not measured" if self.met is None else "met" if self.met else "missed"

    @property
    def numbers(self) -> str:
        if self.limit is None or self.measured is None:
            return "-"
        return f"{number(self.measured, self.unit)}, limit {number(self.limit, self.unit)}"


Check = Callable[[Results], Verdict]


def judged(results: Results) -> list[Verdict]:
    """Every goal, those that were not measured too."""
    return [check(results) for check in CHECKS]


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _against(
    goal: str,
    unit: str,
    ours: tuple[str, str],
    floor: tuple[str, str],
    factor: float,
    *,
    most: bool = True,
) -> Check:
    """Two medians, each named by figure and contender: ours against the other times a factor."""

    def check(results: Results) -> Verdict:
        limit = _times(results.median(*floor), factor)
        return Verdict(goal, unit, limit, results.median(*ours), most=most)

    return check


def _best(goal: str, unit: str, figure: str, factor: float, *, most: bool = True) -> Check:
    """Ours against the best durable peer's median, times a factor."""

    def check(results: Results) -> Verdict:
        peers = [*_peers(results, figure)]
        best = None if not peers else min(peers) if most else max(peers)
        return Verdict(goal, unit, _times(best, factor), results.median(figure, OURS), most=most)

    return check


def _peers(results: Results, figure: str) -> Iterator[float]:
    for peer in DURABLE:
        if (value := results.median(figure, peer)) is not None:
            yield value


def _absolute(goal: str, unit: str, figure: str, limit: float, who: str = OURS) -> Check:
    return lambda results: Verdict(goal, unit, limit, results.median(figure, who))


def _recovery(results: Results) -> Verdict:
    row = results.row(KILLED, OURS)
    goal = "worker killed by SIGKILL: p95 to the next new token <= 6 s"
    return Verdict(goal, "s", 6.0, None if row is None else row.p95)


def _depth(results: Results) -> Verdict:
    early = results.median("whole turn at message 1", OURS)
    late = results.median("whole turn at message 1,000", OURS)
    goal = "the same turn at message 1,000: time within 10 % of message 1"
    return Verdict(goal, "s", _times(early, 1.1), late, _times(early, 0.9))


CHECKS: tuple[Check, ...] = (
    _against(
        "added to first token, one at a time: <= 1.2 x the bare workflow",
        "ms",
        (ADDED, OURS),
        (ADDED, BARE),
        1.2,
    ),
    _best("added to first token, one at a time: <= 0.8 x the best durable peer", "ms", ADDED, 0.8),
    _against(
        "with retrieval over 10,000 passages, embedding call apart: <= 1.6 x the bare workflow",
        "ms",
        (APART, RETRIEVING),
        (ADDED, BARE),
        1.6,
    ),
    _against(
        "turns/s, 16 at once: >= 0.8 x the bare workflow",
        "1/s",
        (SIXTEEN, OURS),
        (SIXTEEN, BARE),
        0.8,
        most=False,
    ),
    _best("turns/s, 16 at once: >= 1.5 x the best durable peer", "1/s", SIXTEEN, 1.5, most=False),
    _against(
        "token transit after the first: <= 2 x the plain proxy",
        "ms",
        (TRANSIT, OURS),
        (TRANSIT, PROXY),
        2.0,
    ),
    _best("token transit after the first: below every durable peer", "ms", TRANSIT, 1.0),
    _absolute("CPU of edge and worker, a turn of 50 tokens: <= 15 ms", "ms", CPU, 15.0),
    _absolute(
        "quiet reader, 2,000 on one edge: <= 32 KB of its memory each",
        "KB",
        "2,000 quiet readers, memory each",
        32.0,
    ),
    _against(
        "first turn after a start: <= 1.2 x a steady one", "ms", (FIRST, OURS), (STEADY, OURS), 1.2
    ),
    _absolute(
        "with retrieval, 16 at once: p99 to the first token <= 3 s", "ms", TAIL, 3_000.0, RETRIEVING
    ),
    _recovery,
    _absolute(
        "actions of a turn: <= 5 (asserted by `make test`)",
        "",
        "per turn: Temporal actions",
        5.0,
    ),
    _absolute(
        "history events of a turn: <= 30 (asserted by `make test`)",
        "",
        "per turn: Temporal events",
        30.0,
    ),
    _absolute(
        "history bytes of a turn: <= 16 KB (asserted by `make test`)",
        "KB",
        "per turn: Temporal kilobytes",
        16.384,
    ),
    _depth,
)
