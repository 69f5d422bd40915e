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
    readers: tuple[int, ...]
    depths: tuple[int, ...]
    """Positions in one conversation at which the same turn is timed."""
    depth_turns: int


QUICK = Plan(
    rounds=3,
    single_turns=8,
    at_once=(1, 16),
    loaded_rounds=2,
    loaded_seconds=2.5,
    recoveries=1,
    readers=(100,),
    depths=(1, 100),
    depth_turns=10,
)
WHOLE = Plan(
    rounds=6,
    single_turns=30,
    at_once=(1, 4, 16, 64),
    loaded_rounds=3,
    loaded_seconds=6.0,
    recoveries=5,
    readers=(100, 1_000, 2_000),
    depths=(1, 100, 1_000),
    depth_turns=40,
)
# Not for figures: shows in a minute or two that all of it works.
SMOKE = Plan(
    rounds=1,
    single_turns=3,
    at_once=(4,),
    loaded_rounds=1,
    loaded_seconds=1.0,
    recoveries=1,
    readers=(10,),
    depths=(1, 5),
    depth_turns=2,
)
