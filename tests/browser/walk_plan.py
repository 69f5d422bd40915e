"""What a random walk does: chosen by its seed alone, before anything happens."""

from dataclasses import dataclass
from random import Random
from typing import Final

# How often each is done, of what can be done to a conversation and to what it stands on.
DEEDS: Final = {
    "send": 8,
    "send_twice": 3,
    "send_and_load_again": 5,
    "send_and_close": 3,
    "send_blindly": 2,
    "load_again": 2,
    "open_tab": 4,
    "close_tab": 2,
    "look_elsewhere": 2,
    "go_offline": 2,
    "go_online": 4,
    "kill_edge": 1,
    "kill_worker": 1,
    "kill_redis": 1,
    "take_edge_away": 1,
    "bring_edge_back": 2,
    "stop": 3,
    "cancel": 3,
    "edit": 5,
    "regenerate": 3,
    "walk_siblings": 4,
    "rest": 4,
}
# Words of an answer: over at once, over soon, and long enough that much happens beside it.
LENGTHS: Final = (1, 20, 120)
GAP: Final = 10  # milliseconds from word to word


@dataclass(frozen=True)
class Step:
    deed: str
    number: int
    tab: int
    """Which of those that are open; as `pick` of things alike, modulo how many there are."""
    pick: int
    length: int

    @property
    def name(self) -> str:
        """By which its message is known."""
        return f"m{self.number}."

    def text(self, further: str = "") -> str:
        return f"{self.name}{further}\n@offline tokens={self.length} gap_ms={GAP}"


def plan(seed: int, steps: int) -> list[Step]:
    """Begins with a message; the rest is chance."""
    chance = Random(seed)  # noqa: S311 - a walk, no secret
    first = chance.choice(["send", "send_and_load_again"])
    chosen = chance.choices(list(DEEDS), weights=list(DEEDS.values()), k=steps - 1)
    return [
        Step(
            deed=deed,
            number=number,
            tab=chance.randrange(12),
            pick=chance.randrange(12),
            length=chance.choice(LENGTHS),
        )
        for number, deed in enumerate([first, *chosen], 1)
    ]
