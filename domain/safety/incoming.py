"""Whether a message looks like an attempt to talk an agent into something."""

from typing import Final

from domain.safety.incoming_patterns import PATTERNS
from domain.safety.normalise import DIRECTION, INVISIBLE, MIXED, SMUGGLED, Normal, folded, normalise
from domain.safety.pattern import Found, judge, together
from domain.safety.wording import read
from models.payloads.safety import InputClass, InputVerdict

# Chosen on one half of the data, see docs/safety.md.
SUSPICIOUS: Final = 0.5
MALICIOUS: Final = 0.8
# Of the signs that nobody types by accident.
_HIDDEN: Final = {SMUGGLED: 0.85, DIRECTION: 0.5, MIXED: 0.5, INVISIBLE: 0.2}
# A message may be this long; what is quoted in full is looked at in full.
MOST_CHARACTERS: Final = 64_000


def score(normal: Normal) -> Found:
    """How much a text looks like manipulation."""
    return judge(read(folded(normal)[:MOST_CHARACTERS]), PATTERNS)


def classify(text: str) -> InputVerdict:
    """The message normalised, and its class with the reasons for it; no network."""
    normal = normalise(text)
    found = score(normal)
    weights = [found.score, *(_HIDDEN[name] for name in normal.found)]
    reasons = (*found.reasons, *normal.found)
    if normal.smuggled:
        weights.append(score(normalise(normal.smuggled)).score)
    total = together(weights)
    level = InputClass.SAFE
    if total >= SUSPICIOUS:
        level = InputClass.MALICIOUS if total >= MALICIOUS else InputClass.SUSPICIOUS
    kept = reasons if level is not InputClass.SAFE else ()
    return InputVerdict(level=level, text=normal.text, reasons=kept[:10])
