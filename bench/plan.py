"""How much is measured: `--quick` fits in 10 minutes, the whole in 60."""

from dataclasses import dataclass

# One at a time: long pauses, so that no client locks onto a contender's poll tick.
PAUSE = (0.05, 0.35)
# At once: short ones, for the same reason, which cost little throughput.
SHORT_PAUSE = (0.0, 0.02)


@dataclass(frozen=True, slots=True)
class Plan:
    """Each round visits every contender once, in an order of its own."""

    rounds: int
    single_turns: int
    """Turns of one contender in a round, one at a time."""
    at_once: tuple[int, ...]
    loaded_rounds: int
    loaded_seconds: float
    """How long a contender is loaded in a round."""
    recoveries: int
    own_recoveries: int
    """Further ones of ours."""
    patience: float
    """Seconds that a reader waits for a token after a kill; who waits longer has gone."""
    readers: tuple[int, ...]
    depths: tuple[int, ...]
    """Positions in one conversation at which the same turn is timed."""
    depth_turns: int
    dialect_turns: int
    paintings: int
    sockets: int
    """And as many subscriptions, and readers by SSE."""
    counted: int
    """Requests of one contender in a round, one after another and at once."""
    mentions: int
    """Few enough that a workspace of Slack takes them in a row."""
    starts: int
    steady_turns: int
    """Turns after each start that count as steady."""
    histories: int
    """Turns whose histories are read."""
    spending_rounds: int
    """Rounds between which the servers' counters are read, for each length of answer."""
    spending_turns: int
    """Turns of each client in such a round."""
    longest: float
    """Seconds after which a kind of measurement is given up, so that the run ends."""


QUICK = Plan(
    rounds=3,
    single_turns=5,
    at_once=(16,),
    loaded_rounds=3,
    loaded_seconds=2.5,
    recoveries=1,
    own_recoveries=1,
    patience=50.0,
    readers=(2_000,),
    depths=(1, 100),
    depth_turns=7,
    dialect_turns=3,
    paintings=15,
    sockets=300,
    counted=500,
    mentions=8,
    starts=2,
    steady_turns=8,
    histories=2,
    spending_rounds=1,
    spending_turns=3,
    longest=300.0,
)
WHOLE = Plan(
    rounds=5,
    single_turns=16,
    at_once=(1, 4, 16, 64),
    loaded_rounds=3,
    loaded_seconds=3.5,
    recoveries=3,
    own_recoveries=5,
    patience=75.0,
    readers=(100, 1_000, 2_000),
    depths=(1, 100, 1_000),
    depth_turns=40,
    dialect_turns=10,
    paintings=40,
    sockets=1_000,
    counted=1_000,
    mentions=15,
    starts=5,
    steady_turns=15,
    histories=5,
    spending_rounds=3,
    spending_turns=5,
    longest=1_200.0,
)
# Not for figures: shows in a minute or two that all of it works.
SMOKE = Plan(
    rounds=1,
    single_turns=3,
    at_once=(4,),
    loaded_rounds=1,
    loaded_seconds=1.0,
    recoveries=1,
    own_recoveries=0,
    patience=50.0,
    readers=(10,),
    depths=(1, 5),
    depth_turns=2,
    dialect_turns=1,
    paintings=2,
    sockets=20,
    counted=20,
    mentions=2,
    starts=1,
    steady_turns=2,
    histories=1,
    spending_rounds=1,
    spending_turns=2,
    longest=180.0,
)
