"""Messages with the agent and the strategy that a person would choose, written for this.

Every other line set the thresholds and the words of the rules; the figures are of the others.
"""

from dataclasses import dataclass
from pathlib import Path

from models.payloads.agent import Strategy


@dataclass(frozen=True)
class Labelled:
    strategy: Strategy
    agent: str
    message: str


def _read(name: str) -> tuple[Labelled, ...]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return tuple(Labelled(Strategy(kind), agent, message) for kind, agent, message in rows)


# Careful sentences, and what people type.
_WRITTEN, _TYPED = _read("turns.tsv"), _read("typed.tsv")
SETTING = (*_WRITTEN[0::2], *_TYPED[0::2])
WRITTEN, TYPED = _WRITTEN[1::2], _TYPED[1::2]
