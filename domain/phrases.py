"""Which runs of words several texts share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_PART: Final = re.compile(r"[.!?;:|·•–—…\n\r\t()\[\]{}\"“”]+|,\s|\s[-/]\s")
_MOST_CHARACTERS: Final = 4_000
# Each is looked for in each other.
_MOST_PHRASES: Final = 600
# No phrase begins or ends with one of these, in the languages that we are asked in most.
_WEAK: Final = frozenset(
    re.findall(
        r"\S+",
        """
    a about after all also am an and any are as at be because been before best but by can could did
    do does for from get had has have he her here his how i if in into is it its just let like make
    many may me more most much my new no not now of off on one only or other our out over own per
    see she should so some such than that the their them then there these they this those to too top
    under until up us use used using very via want was we were what when where which while who why
    will with would you your vs
    aber alle als am an auch auf aus bei bin bis da das dass dem den der des die dir doch du ein
    eine einem einen einer es für hat hier ich ihr im in ist ja kann mehr mit nach nicht noch nur
    oder ohne sein sich sie sind so und uns von vor was wenn wer wie wir wird zu zum zur über
    de la le les des et un une du en pour que qui dans sur au aux est el los las y del al con por
    """,
    )
)


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    owners: tuple[str, ...]
    """Whose texts have it, each once."""


def shared(
    texts: Iterable[tuple[str, str]], *, least: int = 2, words: tuple[int, int] = (2, 4)
) -> list[Phrase]:
    """Of pairs (owner, text): phrases that at least so many owners have, most owners first, then
    the longer. One that stands only inside a longer one of the same owners is left out."""
    owners: dict[str, dict[str, None]] = {}
    for owner, text in texts:
        for phrase in _phrases(text[:_MOST_CHARACTERS], words):
            owners.setdefault(phrase, {})[owner] = None
    often = sorted(owners.items(), key=lambda item: (-len(item[1]), -len(item[0]), item[0]))
    found = {phrase: tuple(who) for phrase, who in often[:_MOST_PHRASES] if len(who) >= least}
    kept = [phrase for phrase in found if not _inside(phrase, found)]
    kept.sort(key=lambda phrase: (-len(found[phrase]), -phrase.count(" "), phrase))
    return [Phrase(phrase, found[phrase]) for phrase in kept]


def _phrases(text: str, words: tuple[int, int]) -> Iterable[str]:
    shortest, longest = words
    for part in _PART.split(text):
        run = [word.casefold() for word in _WORD.findall(part)]
        for at in range(len(run)):
            for length in range(shortest, longest + 1):
                piece = run[at : at + length]
                if len(piece) == length and _sound(piece):
                    yield " ".join(piece)


def _sound(piece: Sequence[str]) -> bool:
    ends = piece[0], piece[-1]
    if any(word in _WEAK or word.isdigit() for word in ends):
        return False
    return all(len(word) < 30 for word in piece) and any(len(word) > 2 for word in piece)


def _inside(phrase: str, found: Mapping[str, tuple[str, ...]]) -> bool:
    return any(
        f" {phrase} " in f" {longer} " and set(found[phrase]) <= set(found[longer])
        for longer in found
        if len(longer) > len(phrase)
    )
