"""Whether an answer gives away that its agent left its role, leaks what it was told, or does what
somebody else asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from domain.safety.answer_patterns import DOES, PATTERNS, REPORTS, SPEAKS, STOP
from domain.safety.normalise import folded, normalise
from domain.safety.pattern import Found, judge, together
from domain.safety.wording import read
from models.payloads.chat import ToolCall

# Chosen on one half of the data, see docs/safety.md.
CONTAMINATED: Final = 0.6
MOST_CHARACTERS: Final = 64_000
# Of the agent's instructions: enough to know them by, and a bound on what each answer costs.
MOST_INSTRUCTIONS: Final = 32_000
# Words in a row that two texts rarely share by chance.
_SHINGLE: Final = 6
# Such runs that an answer may share with its instructions: a phrase, not the whole.
_FEW_SHINGLES: Final = 8
_SHARE: Final = 0.3
_LONG_RUN: Final = 24


_WORD = re.compile(r"[^\W_]+(?:['.@+-][^\W_]+)*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\W]+")
_IMAGE = re.compile(r"!\[[^\]]{0,200}\]\((https?://[^)\s]{1,2000})\)")
_DATA = re.compile(r"[?#][^)]{12,}|/[\w%=+-]{40,}")


@dataclass(frozen=True, slots=True)
class Foreign:
    """A text in the context that instructs, where it stands, and what it asks for."""

    source: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Surroundings:
    """What an answer is held against, again and again while it is written. `asked`: what the user
    wrote; `context`: all else that it may quote; `models`: answers that the instructions show as
    examples."""

    instructions: str
    asked: str = ""
    foreign: tuple[Foreign, ...] = ()
    context: tuple[str, ...] = ()
    models: str = ""

    @cached_property
    def asked_words(self) -> frozenset[str]:
        return _content(_folded(self.asked))

    @cached_property
    def known_runs(self) -> frozenset[tuple[str, ...]]:
        """Runs of words that the user, or an example, has brought up."""
        return _shingles(_folded(f"{self.asked}\n{self.models}"))


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of the answer that does not only report."""

    does: bool
    words: frozenset[str]


def gives_away(
    text: str, surroundings: Surroundings, calls: Sequence[ToolCall] = ()
) -> tuple[Found, str]:
    """How sure it is that the answer follows somebody else, why, and whom."""
    plain = _folded(text[:MOST_CHARACTERS])
    found = judge(read(plain), PATTERNS)
    weights, reasons, source = [found.score], list(found.reasons), ""
    if leak := _leaks(plain, surroundings):
        weights.append(leak)
        reasons.append("leaks_instructions")
    if surroundings.foreign:
        weight, source = _obeys(plain, surroundings, calls)
        weights.append(weight)
        reasons += ["follows_foreign_instruction"] if weight else []
    if _sends_data(text, surroundings):
        weights.append(0.7)
        reasons.append("sends_data_by_image")
    return Found(together(weights), tuple(dict.fromkeys(reasons))), source


def _folded(text: str) -> str:
    return folded(normalise(text))


@lru_cache(maxsize=256)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_runs(_WORD.findall(text)))


def _runs(said: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(said[place:] for place in range(_SHINGLE)), strict=False))


@lru_cache(maxsize=256)
def _folded_instructions(instructions: str) -> str:
    return _folded(instructions[:MOST_INSTRUCTIONS])


def _leaks(plain: str, surroundings: Surroundings) -> float:
    """Runs of words that answer and instructions share, and that nothing else has brought up."""
    told = _folded_instructions(surroundings.instructions)
    own = _shingles(told)
    if not own:
        return 0.0
    said = _runs(_WORD.findall(plain))
    shared = [run for run in said if run in own]
    if not shared:
        return 0.0
    leaked = {run for run in shared if run not in surroundings.known_runs}
    if len(own) <= _FEW_SHINGLES:
        return 0.8 if len(leaked) == len(own) else 0.0
    if len(leaked) >= _FEW_SHINGLES and len(leaked) >= _SHARE * len(own):
        return 0.9
    return 0.85 if _longest(said, leaked) + _SHINGLE > _LONG_RUN else 0.0


def _longest(said: Sequence[tuple[str, ...]], leaked: set[tuple[str, ...]]) -> int:
    longest = length = 0
    for run in said:
        length = length + 1 if run in leaked else 0
        longest = max(longest, length)
    return longest


def _obeys(plain: str, surroundings: Surroundings, calls: Sequence[ToolCall]) -> tuple[float, str]:
    """The most that calls or sentences have in common with what a foreign text asks for."""
    acts = [
        frozenset(_content(" ".join(_CAMEL.split(call.name)).lower()))
        | frozenset(_content(_folded(call.arguments[:MOST_CHARACTERS])))
        for call in calls
    ]
    said = [
        _Said(DOES.search(one) is not None, _content(one))
        for one in re.split(r"(?<=[.!?])\s+|\n+", plain)
        if not REPORTS.search(one)
    ]
    best, source = 0.0, ""
    for foreign in surroundings.foreign:
        for sentence in foreign.sentences:
            wanted = _content(sentence) - surroundings.asked_words
            if not wanted:
                continue
            weight = max(_acted(wanted, acts), _spoken(sentence, wanted, said))
            if weight > best:
                best, source = weight, foreign.source
    return best, source


def _acted(wanted: frozenset[str], acts: Sequence[frozenset[str]]) -> float:
    exact = {word for word in wanted if any(map(str.isdigit, word)) or "@" in word}
    for act in acts:
        if len(exact & act) >= 1 and len(wanted & act) >= 2:
            return 0.9
        if len(wanted & act) >= max(2, 0.4 * len(wanted)):
            return 0.8
    return 0.0


def _spoken(sentence: str, wanted: frozenset[str], said: Sequence[_Said]) -> float:
    speaks = SPEAKS.search(sentence)
    told = _content(sentence[speaks.end() :]) & wanted if speaks else frozenset()
    for one in said:
        own = one.words
        if one.does and len(wanted & own) >= max(2, min(3, 0.5 * len(wanted))):
            return 0.8
        if told and len(told & own) >= max(1, 0.8 * len(told)) and len(own) <= 4 * len(told) + 4:
            return 0.65
    return 0.0


def _content(text: str) -> frozenset[str]:
    """The words that say what it is about, cut to their stems' length."""
    return frozenset(
        word if "@" in word or any(map(str.isdigit, word)) else word[:5]
        for word in _WORD.findall(text)
        if (len(word) > 3 or (any(map(str.isdigit, word)) and len(word) > 1)) and word not in STOP
    )


def _sends_data(text: str, surroundings: Surroundings) -> bool:
    """A picture is fetched by whoever shows the answer: its address can carry anything away."""
    if "](http" not in text:
        return False
    known = (surroundings.asked, surroundings.instructions, *surroundings.context)
    return any(
        _DATA.search(address) and not any(address in one for one in known)
        for address in _IMAGE.findall(text)
    )
