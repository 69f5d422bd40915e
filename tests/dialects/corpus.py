"""Recorded logs of every shape of turn, as readers saw them and as they are stored."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from uuid import UUID

from domain.wire import decode
from models.payloads.events import LoggedEvent
from tests.turns.shapes import SHAPES, USUAL, Shape
from tests.turns.team_shapes import TEAMS

LOGS = Path(__file__).with_name("logs")
KINDS = ("live", "stored")

RECORDED: dict[str, Shape] = {
    **SHAPES,
    **{name: Shape(play, USUAL, agents=agents) for name, (play, agents) in TEAMS.items()},
}


def recorded() -> set[str]:
    """Shapes that have both their logs."""
    return set.intersection(
        *({path.name.split(".")[0] for path in LOGS.glob(f"*.{kind}.jsonl")} for kind in KINDS)
    )


@cache
def log(shape: str, kind: str) -> tuple[LoggedEvent, ...]:
    """The events of a conversation, first to last."""
    lines = (LOGS / f"{shape}.{kind}.jsonl").read_bytes().splitlines()
    return tuple(decode(line) for line in lines)


def names() -> list[str]:
    """`shape.kind` of every log."""
    return [f"{shape}.{kind}" for shape in sorted(recorded()) for kind in KINDS]


def turns(shape: str, kind: str) -> dict[UUID, tuple[LoggedEvent, ...]]:
    """A log's events by their turns, in the order in which these began."""
    found: dict[UUID, list[LoggedEvent]] = {}
    for event in log(shape, kind):
        if event.turn_id is not None:
            found.setdefault(event.turn_id, []).append(event)
    return {turn: tuple(events) for turn, events in found.items()}


def few(events: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """With some of each long row of deltas: what comes between two is all the same."""
    rows = (list(row) for _, row in groupby(events, lambda one: one.event.kind))
    return [one for row in rows for one in (row[:3] + row[-2:] if _is_long(row) else row)]


def _is_long(row: list[LoggedEvent]) -> bool:
    return row[0].event.kind.endswith(".delta") and len(row) > 5
