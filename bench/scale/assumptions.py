"""What nobody has measured, and other people's limits: all that may be argued with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Assumptions:
    """What nobody has measured, each with its reason beside it on the page."""

    small: float = 1_000.0
    large: float = 10_000.0
    users_each: float = 10.0
    tokens: float = 300.0
    seconds: float = 10.0
    retrieving: float = 0.5
    peak_to_average: float = 6.5
    readers: float = 1.0
    session_turns: float = 10.0
    busy: float = 0.6
    shard_write: float = 0.005
    shard_busy: float = 0.1
    partition_rate: float = 100.0
    pollers: float = 15.0
    retention_days: float = 90.0
    history_days: float = 7.0
    postgres_cores: float = 32.0
    postgres_commits: float = 20_000.0


REASONS: Mapping[str, str] = {
    "small": "messages/s at peak, first column",
    "large": "messages/s at peak, second column",
    "users_each": "users behind each message/s at peak: one message in ten seconds from each",
    "tokens": "tokens of an answer",
    "seconds": "seconds of an answer, from the message to its end",
    "retrieving": "share of turns that look something up first",
    "peak_to_average": "a month's average: ten busy hours of 22 days, twice as busy at peak",
    "readers": "open event streams of each user",
    "session_turns": "turns of a session, which is then summarised",
    "busy": "share of a core that is planned for; the rest is for bursts and for lost machines",
    "shard_write": "seconds that a history shard's lock is held by one write of Temporal's store",
    "shard_busy": "share of the time that a shard may be locked, so that few writes wait",
    "partition_rate": "tasks/s of a task-queue partition",
    "pollers": "a worker's pollers for workflow tasks: ten for turns, the SDK's five for documents",
    "retention_days": "days that messages are kept, by whoever deletes them: the product does not",
    "history_days": "days that Temporal keeps the history of a closed run",
    "postgres_cores": "cores of the largest Postgres primary that one wants to run",
    "postgres_commits": "commits/s of such a primary on a local NVMe disk",
}


@dataclass(frozen=True)
class Limits:
    """Other people's limits; their sources are named on the page."""

    cloud_actions: float = 500.0
    """Temporal Cloud, of a namespace by default, and of each resource unit (TRU)."""
    cloud_units: float = 12.0
    """Resource units of a namespace without asking its support."""
    cloud_pollers: float = 20_000.0
    """Of a namespace, of each kind."""
    partitions: float = 4.0
    """Of a task queue, by default."""
    fairness: float = 1.1
    """Temporal Cloud bills a tenth more where fairness keys count."""
    postgres_connections: float = 200.0
    """As local/postgres.py sets it."""
    heartbeat_share: float = 0.8
    """The SDK's heartbeats come after this share of the timeout."""


# Temporal Cloud's price list, up to so many actions of a month: dollars for a million.
PRICES = ((5e6, 50.0), (10e6, 45.0), (20e6, 40.0), (50e6, 35.0), (100e6, 30.0), (200e6, 25.0))
BEYOND = 25.0


def dollars(actions: float) -> float:
    """Of a month's actions, by the price list of the larger plans."""
    spent, below = 0.0, 0.0
    for up_to, price in (*PRICES, (math.inf, BEYOND)):
        spent += max(0.0, min(actions, up_to) - below) / 1e6 * price
        below = up_to
    return spent
