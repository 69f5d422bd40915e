"""Words that tell what a message is about, each kind with its weight."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# A second cue of a kind confirms the first; a tenth says no more.
CONFIRMED: Final = 0.5
CONFIRMATIONS: Final = 2


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that stand for one thing."""

    names: str
    weight: float
    pattern: re.Pattern[str]

    def weigh(self, text: str) -> float:
        found = {match.group().casefold() for match in self.pattern.finditer(text)}
        return self.weight + CONFIRMED * min(len(found) - 1, CONFIRMATIONS) if found else 0.0


def cue(names: str, weight: float, *words: str) -> Cue:
    """`words` are regular expressions without unbounded repetition; each begins at a word."""
    return Cue(names, weight, re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE))


def weighed(cues: Iterable[Cue], text: str) -> dict[str, float]:
    """What the cues in a text weigh together, by what they stand for."""
    weights: dict[str, float] = {}
    for one in cues:
        if weight := one.weigh(text):
            weights[one.names] = weights.get(one.names, 0.0) + weight
    return weights


def decided(weights: dict[str, float], least: float, ahead: float) -> str | None:
    """The heaviest, when it weighs so much, and so much more than the next one."""
    ranked = sorted(weights.items(), key=lambda item: item[1], reverse=True)
    if not ranked or ranked[0][1] < least:
        return None
    following = ranked[1][1] if len(ranked) > 1 else 0.0
    return ranked[0][0] if ranked[0][1] - following >= ahead else None
