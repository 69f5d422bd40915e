"""So many messages a second: what they need."""

import math
from dataclasses import dataclass

from adapters.store.database import POOL_SIZE
from bench.scale.turn import Turn
from queues.turns import TURN_SLOTS

SECONDS_OF_MONTH = 30 * 86_400


@dataclass(frozen=True)
class Load:
    """So many messages a second."""

    rate: float
    turn: Turn

    @property
    def users(self) -> float:
        return self.rate * self.turn.given.users_each

    @property
    def average(self) -> float:
        return self.rate / self.turn.given.peak_to_average

    def cores(self, role: str) -> float:
        return self.rate * self.turn.cpu(role) / 1_000

    def planned(self, role: str) -> float:
        """Cores, with room."""
        return self.cores(role) / self.turn.given.busy

    @property
    def readers(self) -> float:
        return self.users * self.turn.given.readers

    @property
    def reader_memory(self) -> float:
        """Gigabytes of all edges."""
        return self.readers * self.turn.measured("2,000 quiet readers, memory each") / 1e6

    @property
    def edges(self) -> float:
        """Processes: one core each, and no more readers than were measured."""
        return max(math.ceil(self.planned("edge")), math.ceil(self.readers / 2_000))

    @property
    def workers(self) -> float:
        in_flight = self.rate * self.turn.given.seconds
        return max(math.ceil(self.planned("worker")), math.ceil(in_flight / TURN_SLOTS))

    @property
    def connections(self) -> float:
        return (self.edges + self.workers) * POOL_SIZE

    @property
    def actions_month(self) -> float:
        return self.average * self.turn.actions * SECONDS_OF_MONTH * self.turn.limits.fairness

    @property
    def units(self) -> float:
        return math.ceil(self.rate * self.turn.actions / self.turn.limits.cloud_actions)

    @property
    def shards(self) -> float:
        given = self.turn.given
        needed = self.rate * self.turn.writes * given.shard_write / given.shard_busy
        return 2.0 ** math.ceil(math.log2(needed))

    @property
    def partitions(self) -> float:
        return math.ceil(self.rate * self.turn.tasks / self.turn.given.partition_rate)

    @property
    def stored(self) -> float:
        """Gigabytes of Postgres, once the oldest messages are erased as new ones come."""
        each = self.turn.measured("per turn: Postgres storage")
        return self.average * each * 86_400 * self.turn.given.retention_days / 1e6

    @property
    def histories(self) -> float:
        """Gigabytes of Temporal's store."""
        each = self.turn.measured("per turn: Temporal kilobytes")
        return self.average * each * 86_400 * self.turn.given.history_days / 1e6

    def of(self, what: str) -> float:
        """Per second, of what grows with an answer's tokens."""
        return self.rate * self.turn.measured.each(what, self.turn.given.tokens)
