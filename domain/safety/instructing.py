"""Whether a document or a result instructs its reader's agent, where it should inform."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from domain.safety.instructing_patterns import FOR_READERS, PATTERNS
from domain.safety.normalise import SMUGGLED, folded, normalise
from domain.safety.pattern import judge, together
from domain.safety.wording import Reading, read

# Chosen on one half of the data, see docs/safety.md.
INSTRUCTS: Final = 0.6
# Of one text; a passage has a few thousand characters, a page's text many more.
MOST_CHARACTERS: Final = 64_000
# Sentences of one text that are kept for the answer to be held against.
MOST_SENTENCES: Final = 20
LONGEST_STRETCH: Final = 320
# Behind a sentence, where an address may stand that its dots part from it.
_NEAR: Final = 60
_FIELD_END = re.compile(r"""\n|["'}]\s*[,}\]]""")


# Signs of a sentence that asks for something to be done.
_ASKS = re.compile(r"^a{0,2}L?a?L?[VW]|L[VW]|^.{0,2}BYL?[VW]|a[VW]")
_BEGINS = re.compile(r"^a{0,2}L{0,2}[VW]|^.{0,2}L[VW]|^.{0,2}BYL?[VW]")
_ORDERS = re.compile(r"[aLm.]{0,3}[IVWO].{3,}")
_PLEA = re.compile(r"\b(?:please|kindly|can you|could you|will you|bitte|por favor)\b")
_POLITE = re.compile(r"L[VW]|BYL?[VW]")
_TWICE = re.compile(r"[VW].{2,40}?a?[VW]")
_EXACT = re.compile(r"@|\$\d|(?:^|\s)(?=\S*\d)[\w$-]{3,}|\w_\w")
_SENDING = re.compile(
    r"\b(?:send|e-?mail|mail|forward|share|transmit|post|upload|text|relay|submit)\b"
)
_PARTED = re.compile(r"""["'“”]\.?|\.""")
_ADDRESS = re.compile(r"\w@\w")


@dataclass(frozen=True, slots=True)
class Instructing:
    """`sentences`: those that ask for something to be done, for the answer to be held against."""

    score: float
    reasons: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def instructs(self) -> bool:
        return self.score >= INSTRUCTS


def instructing(text: str) -> Instructing:
    """How much a document's or a result's text looks meant for the agent."""
    normal = normalise(text[:MOST_CHARACTERS])
    reading = read(folded(normal))
    found = judge(reading, PATTERNS)
    asked, sentences = _asked(reading)
    weights = [found.score, asked, 0.85 if SMUGGLED in normal.found else 0.0]
    reasons = (*found.reasons, *(("asks_for_action",) if asked else ()), *normal.found)
    score = together(weights)
    if score >= INSTRUCTS and not sentences:
        sentences = _orders(reading)
    return Instructing(score, reasons[:10], sentences)


def _orders(reading: Reading) -> tuple[str, ...]:
    """Where no sentence asks by itself: all that order anything."""
    starts = (start for kinds, start, _ in reading.sentences() if _ORDERS.match(kinds))
    return tuple(_stretch(reading.text, start) for start in islice(starts, MOST_SENTENCES))


def _stretch(text: str, start: int) -> str:
    """From a sentence on as far as one thing is asked for: to the end of a line or field."""
    end = _FIELD_END.search(text, start, start + LONGEST_STRETCH)
    return text[start : end.start() if end else start + LONGEST_STRETCH].strip()


def _asked(reading: Reading) -> tuple[float, tuple[str, ...]]:
    """The heaviest sentence counts, and a little each further one."""
    weights: list[float] = []
    kept: list[str] = []
    for kinds, start, end in _statements(reading):
        if not ("V" in kinds or "W" in kinds) or not _ASKS.search(kinds):
            continue
        said, near = reading.text[start:end], reading.text[start : end + _NEAR]
        if weight := _weight(kinds, said, near):
            weights.append(weight)
            plea = _PLEA.search(reading.text, start, end)
            kept.append(_stretch(reading.text, plea.start() if plea else start))
    best = sorted(weights, reverse=True)[:3]
    total = together([best[0], *(weight / 4 for weight in best[1:])]) if best else 0.0
    return total, tuple(kept[:MOST_SENTENCES])


def _statements(reading: Reading) -> Iterator[tuple[str, int, int]]:
    """Sentences, with those made one again that only a quoted name or a dot in a word parts."""
    text, kinds, start, end = reading.text, "", 0, 0
    for more, first, last in reading.sentences():
        between = text[end:first]
        if kinds and _PARTED.fullmatch(between) and (between[-1] != "." or text[first] != " "):
            kinds, end = kinds + more, last
            continue
        if kinds:
            yield kinds, start, end
        kinds, start, end = more, first, last
    if kinds:
        yield kinds, start, end


def _weight(kinds: str, said: str, near: str) -> float:
    asked = _POLITE.sub("", kinds)
    begins, polite = _BEGINS.search(kinds) is not None, _POLITE.search(kinds) is not None
    mine, yours = "m" in asked, "Y" in asked
    exact = _EXACT.search(said) is not None
    if yours or not (begins or polite):
        return 0.0
    if _SENDING.search(said) and _ADDRESS.search(near) and (mine or _TWICE.search(kinds)):
        return 0.8
    if mine and (exact or polite):
        return 0.65
    if polite and exact and not FOR_READERS.search(said):
        return 0.6
    return 0.35 if mine and len(kinds) >= 5 else 0.0
