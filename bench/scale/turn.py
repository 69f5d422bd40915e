"""One turn of the assumed length: what it takes of each process and server."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.scale.assumptions import Assumptions, Limits
from workflows.policies import HEARTBEAT

OURS = "holdfast"
RETRIEVING = "holdfast, retrieving"


class NotMeasuredError(Exception):
    """bench/results.json lacks a figure that the tables need."""


class Measured:
    """Medians of bench/results.json."""

    def __init__(self, rows: Sequence[Mapping[str, str | float]]) -> None:
        self._medians = {(one["figure"], one["contender"]): float(one["median"]) for one in rows}

    def __call__(self, figure: str, contender: str = OURS) -> float:
        if (value := self._medians.get((figure, contender))) is None:
            raise NotMeasuredError(f"{figure!r} of {contender!r} was not measured.")
        return value

    def each(self, what: str, tokens: float) -> float:
        """Of a turn of so many tokens, by the line through the two lengths that were measured."""
        short, long = (self(f"per turn of {length} tokens: {what}") for length in (50, 250))
        return max(0.0, short + (long - short) * (tokens - 50) / 200)

    def looking_up(self, role: str) -> float:
        """CPU milliseconds that looking something up adds."""
        figure = f"CPU per turn, {role}"
        return max(0.0, self(figure, RETRIEVING) - self(figure))


@dataclass(frozen=True)
class Turn:
    """One turn of the assumed length: what it takes of each."""

    measured: Measured
    given: Assumptions
    limits: Limits = field(default_factory=Limits)

    def cpu(self, role: str) -> float:
        """Milliseconds."""
        own = self.measured.each(f"CPU, {role}", self.given.tokens)
        return own + self.given.retrieving * self.measured.looking_up(role)

    @property
    def heartbeats(self) -> float:
        every = HEARTBEAT.total_seconds() * self.limits.heartbeat_share
        return math.floor(self.given.seconds / every)

    @property
    def steps(self) -> float:
        """Actions but heartbeats: looking up is an activity more, a session's end comes once."""
        session = self.measured("per session: Temporal actions") / self.given.session_turns
        return self.measured("per turn: Temporal actions") + self.given.retrieving + session

    @property
    def actions(self) -> float:
        return self.steps + self.heartbeats

    @property
    def writes(self) -> float:
        """Of a history shard."""
        return self.measured("per turn: Temporal transitions") + self.heartbeats

    @property
    def tasks(self) -> float:
        """Through the common queue: the first workflow task, and each activity, though eager
        ones do not pass it as long as workers have free slots."""
        return 1 + self.measured("per turn: Temporal activities") + self.given.retrieving
