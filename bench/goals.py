"""Where the figures must be, and whether they are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.results import Results

OURS = "holdfast"
BARE = "bare workflow"
PROXY = "plain proxy"
# LangGraph's dev server keeps nothing through a kill, and is told of apart.
DURABLE = ("DBOS", "workflow_streams", "Aegra", "Aegra with Redis")

ADDED = "added to first token"
TRANSIT = "token transit after the first"
SIXTEEN = "turns/s, 16 at once"


@dataclass(frozen=True, slots=True)
class Verdict:
    goal: str
    limit: float
    measured: float
    unit: str
    met: bool


def judged(results: Results) -> list[Verdict]:
    """A goal whose figures were not measured is left out."""
    return [verdict for check in CHECKS if (verdict := check(results)) is not None]


Check = Callable[[Results], Verdict | None]


def _peers(results: Results, figure: str) -> Iterator[float]:
    for peer in DURABLE:
        if (value := results.median(figure, peer)) is not None:
            yield value


def _ratio(goal: str, figure: str, unit: str, other: str, factor: float, *, most: bool) -> Check:
    """Ours against a floor's median, times a factor."""

    def check(results: Results) -> Verdict | None:
        ours, floor = results.median(figure, OURS), results.median(figure, other)
        return (
            None
            if ours is None or floor is None
            else _judge(goal, floor * factor, ours, unit, most=most)
        )

    return check


def _best(goal: str, figure: str, unit: str, factor: float, *, most: bool) -> Check:
    """Ours against the best durable peer's median, times a factor."""

    def check(results: Results) -> Verdict | None:
        ours, peers = results.median(figure, OURS), [*_peers(results, figure)]
        if ours is None or not peers:
            return None
        best = min(peers) if most else max(peers)
        return _judge(goal, best * factor, ours, unit, most=most)

    return check


def _absolute(
    goal: str, figure: str, unit: str, limit: float, *, p95: bool = False, who: str = OURS
) -> Check:
    def check(results: Results) -> Verdict | None:
        for row in results.rows():
            if (row.figure, row.contender) == (figure, who):
                return _judge(goal, limit, row.p95 if p95 else row.median, unit, most=True)
        return None

    return check


def _depth(results: Results) -> Verdict | None:
    late, early = (results.median(f"whole turn at message {n}", OURS) for n in ("1,000", "1"))
    if late is None or early is None:
        return None
    return _judge(
        "the same turn at message 1,000: within 10 % of message 1",
        early * 1.1,
        late,
        "s",
        most=True,
    )


def _retrieving(results: Results) -> Verdict | None:
    apart = results.median("added to first token, embedding call apart", "holdfast, retrieving")
    bare = results.median(ADDED, BARE)
    if apart is None or bare is None:
        return None
    goal = "with retrieval over 10,000 passages, embedding call apart: <= 1.6 x the bare workflow"
    return _judge(goal, bare * 1.6, apart, "ms", most=True)


def _judge(goal: str, limit: float, measured: float, unit: str, *, most: bool) -> Verdict:
    met = measured <= limit if most else measured >= limit
    return Verdict(goal, limit, measured, unit, met)


CHECKS: tuple[Check, ...] = (
    _ratio("added to first token: <= 1.2 x the bare workflow", ADDED, "ms", BARE, 1.2, most=True),
    _best("added to first token: <= 0.8 x the best durable peer", ADDED, "ms", 0.8, most=True),
    _retrieving,
    _ratio(
        "turns/s, 16 at once: >= 0.8 x the bare workflow", SIXTEEN, "1/s", BARE, 0.8, most=False
    ),
    _best("turns/s, 16 at once: >= 1.5 x the best durable peer", SIXTEEN, "1/s", 1.5, most=False),
    _ratio("token transit: <= 2 x the plain proxy", TRANSIT, "ms", PROXY, 2.0, most=True),
    _best("token transit: below every durable peer", TRANSIT, "ms", 1.0, most=True),
    _absolute(
        "CPU per turn of 50 tokens, edge and worker: <= 15 ms",
        "CPU per turn, own processes",
        "ms",
        15.0,
    ),
    _absolute(
        "quiet reader: <= 32 KB of edge memory each", "2,000 quiet readers, memory each", "KB", 32.0
    ),
    _absolute(
        "with retrieval, 16 at once, p95 to the first token: <= 3 s",
        "time to first token, 16 at once",
        "ms",
        3_000.0,
        p95=True,
        who="holdfast, retrieving",
    ),
    _absolute(
        "killed: p95 to the next new token: <= 6 s",
        "killed: time to the next new token",
        "s",
        6.0,
        p95=True,
    ),
    _depth,
)
