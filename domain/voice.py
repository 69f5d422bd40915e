"""How a text sounds, in figures: the same measures for a guide's samples and for a draft."""

import re
from collections import Counter
from dataclasses import dataclass
from statistics import pstdev
from typing import Final

from domain.readability import Readability, readability, sentences, words

# A book is no sample; what is longer is measured by its beginning.
MOST_CHARACTERS: Final = 60_000
_LONG: Final = 25
_WINDOW: Final = 50

_FIRST: Final = "i me my mine myself ich mich mir mein meine meinen meiner"
_WE: Final = "we us our ours ourselves we're we've we'll wir uns unser unsere unseren unserer"
_YOU: Final = (
    "you your yours yourself you're you've you'll you'd du dich dir dein deine deinen ihr euch euer"
)
_LISTS: Final = {
    "first": _FIRST,
    "we": _WE,
    "you": _YOU,
    "hedges": (
        "maybe perhaps possibly probably somewhat rather quite fairly might could seems seem seemed"
        " appears apparently arguably likely generally usually often sometimes roughly around"
        " vielleicht eventuell möglicherweise wahrscheinlich ziemlich eher etwa ungefähr"
    ),
    "boosters": (
        "very really extremely absolutely definitely certainly totally completely truly incredibly"
        " amazing awesome incredible revolutionary ultimate unbelievable insane guaranteed best"
        " sehr wirklich extrem absolut total völlig unglaublich einzigartig revolutionär"
    ),
    "jargon": (
        "leverage synergy synergies utilize utilise facilitate holistic paradigm stakeholders"
        " actionable deliverables bandwidth scalable seamless robust ecosystem empower streamline"
        " disruptive innovative cutting-edge best-in-class world-class game-changer"
    ),
    "informal": (
        "hey hi yeah yep nope gonna wanna gotta kinda sorta stuff cool guys folks lol btw okay ok"
        " super mega krass geil echt halt"
    ),
    "formal": (
        "therefore furthermore moreover hereby herein thus hence regarding pursuant notwithstanding"
        " accordingly consequently nevertheless whereas shall kindly hiermit daher folglich"
        " diesbezüglich bezüglich sowie gemäß"
    ),
}
_SETS: Final = {name: frozenset(said.split()) for name, said in _LISTS.items()}
# An `'s` is mostly a genitive.
_CONTRACTED: Final = re.compile(
    r"\w(?:n['’]t|['’](?:re|ve|ll|d|m))$"
    r"|^(?:it|that|what|here|there|let|he|she|who|how|where)['’]s$",
    re.IGNORECASE,
)
_PASSIVE: Final = re.compile(
    r"\b(?:am|is|are|was|were|be|been|being)\s+(?:(?:\w+ly|hereby|also|not|now|already|been)\s+)?"
    r"(?:\w{2,}ed|made|done|given|taken|seen|known|shown|built|sent|held|kept|left|lost|paid|put"
    r"|set|sold|told|found|written|chosen|driven|grown|broken)\b",
    re.IGNORECASE,
)
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]")
_SHOUTED: Final = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")
_IMPERATIVE: Final = re.compile(
    r"^(?:get|try|start|join|discover|learn|see|find|read|book|buy|order|shop|save|sign|download"
    r"|click|reply|call|visit|check|make|take|let|grab|claim|choose|contact)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Voice:
    """Shares are of words, or of sentences where that is said, from 0 to 1."""

    readability: Readability
    sentence_spread: float
    """Standard deviation of sentences' words: low is monotonous."""
    long_sentences: float
    """Of sentences: those with more than 25 words."""
    questions: float
    exclamations: float
    imperatives: float
    """Of sentences; English."""
    passives: float
    """Of sentences, roughly; English."""
    first: float
    we: float
    you: float
    contractions: float
    hedges: float
    boosters: float
    jargon: float
    formality: float
    """From 0, chatty, to 1, stiff; 0.5 where nothing tells. By contractions, informal and formal
    words, address of the reader, exclamations and long words."""
    variety: float
    """Different words in stretches of 50, on average."""
    emoji: int
    shouted: int
    """Words in capitals, of four letters and more."""
    frequent: tuple[tuple[str, int], ...]
    """Marked words that it uses most: hedges, boosters, jargon, informal and formal ones."""


def voice(text: str, language: str = "en") -> Voice:
    text = text[:MOST_CHARACTERS]
    said = sentences(text)
    found = [word.casefold().replace("’", "'") for word in words(text)]
    lengths = [len(words(sentence)) for sentence in said] or [0]
    counts = {name: sum(word in known for word in found) for name, known in _SETS.items()}
    many, count = max(1, len(said)), max(1, len(found))
    contracted = sum(bool(_CONTRACTED.search(word)) for word in found)
    marked = Counter(
        word
        for word in found
        if any(
            word in _SETS[name] for name in ("hedges", "boosters", "jargon", "informal", "formal")
        )
    )
    exclaimed = sum(sentence.rstrip("\"'”’) ").endswith("!") for sentence in said)
    return Voice(
        readability=readability(text, language),
        sentence_spread=round(pstdev(lengths), 1),
        long_sentences=round(sum(length > _LONG for length in lengths) / many, 3),
        questions=round(sum("?" in sentence[-3:] for sentence in said) / many, 3),
        exclamations=round(exclaimed / many, 3),
        imperatives=round(sum(bool(_IMPERATIVE.match(sentence)) for sentence in said) / many, 3),
        passives=round(sum(bool(_PASSIVE.search(sentence)) for sentence in said) / many, 3),
        first=round(counts["first"] / count, 3),
        we=round(counts["we"] / count, 3),
        you=round(counts["you"] / count, 3),
        contractions=round(contracted / count, 3),
        hedges=round(counts["hedges"] / count, 3),
        boosters=round(counts["boosters"] / count, 3),
        jargon=round(counts["jargon"] / count, 3),
        formality=_formality(found, counts, contracted, exclaimed / many),
        variety=_variety(found),
        emoji=len(_EMOJI.findall(text)),
        shouted=len(_SHOUTED.findall(text)),
        frequent=tuple(marked.most_common(8)),
    )


def _formality(
    found: list[str], counts: dict[str, int], contracted: int, exclaimed: float
) -> float:
    """A sum of signs, each bounded, so that none alone decides."""
    if not found:
        return 0.5
    count = len(found)
    long = sum(len(word) > 7 for word in found) / count
    chatty = min(0.2, 4 * contracted / count) + min(0.2, 8 * counts["informal"] / count)
    chatty += min(0.1, 2 * (counts["you"] + counts["first"]) / count) + min(0.1, exclaimed / 3)
    stiff = min(0.25, 10 * counts["formal"] / count) + min(0.25, max(0.0, long - 0.15) * 1.5)
    return round(min(1.0, max(0.0, 0.5 - chatty + stiff)), 2)


def _variety(found: list[str]) -> float:
    if len(found) < _WINDOW:
        return round(len(set(found)) / max(1, len(found)), 2)
    steps = range(0, len(found) - _WINDOW + 1, 10)
    return round(sum(len(set(found[at : at + _WINDOW])) for at in steps) / _WINDOW / len(steps), 2)
