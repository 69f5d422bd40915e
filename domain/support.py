"""Whether a passage can bear out a sentence, by words and figures alone.

Made to be wrong in one direction: a paraphrase without a word in common is rare, a sentence that
has nothing of its passage is what is looked for.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import chain
from typing import Final

# Fewer say too little to judge by.
LEAST_WORDS: Final = 4
# So much of a sentence's words stands in nearly every passage on anything.
LEAST_SHARE: Final = 0.1
# Words are compared by their beginnings, so that "returns" is "returned".
STEM: Final = 5
# Of a passage; pages that were fetched may be longer.
MOST_CHARACTERS: Final = 40_000

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# Scripts without spaces between words: compared by pairs of characters.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
# Words of grammar: they say which language a text is in, and nothing of what it is about.
_GRAMMAR: Final = {
    "en": "the of and to in is that it for was on are as with this be by at from have not or an "
    "which you were but their has they can will its also more been than other into if may these "
    "our your we he she his her who what when where how there any some such only most",
    "de": "der die das und ist nicht ein eine zu den von mit sich des auf für dem im es werden "
    "auch als an wird oder sind aus bei einen einer nach wie über sie zum zur haben hat nur wenn",
    "fr": "le la les des et est une un du que pour dans qui pas sur avec plus par sont ce au il se "
    "ou ne aux cette ces leur vous nous elle ils être ont mais comme",
    "es": "el la los las de y en que es un una por con para del se al lo como más su sus no son o "
    "este esta pero ha fue entre también cuando muy sin sobre",
    "it": "il lo la gli le di e in che è un una per con del della dei non si da al sono come più "
    "anche questo questa nel alla ha delle suo loro essere",
    "pt": "o a os as de e em que é um uma para com do da dos das não se por mais como no na ao "
    "são mas foi ou sua seu também pelo pela este esta",
    "nl": "de het een en van in is dat op te zijn met voor niet aan er om ook als bij door naar "
    "maar uit worden wordt hebben heeft deze over nog tot",
}
_LANGUAGES: Final = {name: frozenset(words.split()) for name, words in _GRAMMAR.items()}


def _plain(text: str) -> str:
    """Without accents and case."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))


_ALL_GRAMMAR: Final = frozenset(map(_plain, chain.from_iterable(_LANGUAGES.values())))


def supported(claim: str, passage: str) -> bool:
    """False only when the claim has nothing of the passage. What cannot be judged is supported:
    a claim of a few words, or one in another language than the passage."""
    share = coverage(claim, passage)
    if share is None or share > LEAST_SHARE:
        return True
    return bool(_figures(claim) & _figures(passage))


def coverage(claim: str, passage: str) -> float | None:
    """The share of the claim's words that the passage has; None when it says nothing."""
    words = _stems(claim)
    if len(words) < LEAST_WORDS or not _comparable(claim, passage):
        return None
    return len(words & _passage_stems(passage)) / len(words)


def _comparable(claim: str, passage: str) -> bool:
    return _language(claim) == _language(passage[:MOST_CHARACTERS])


def _language(text: str) -> str:
    """Of the words of grammar in it; empty for none of the known."""
    unspaced = sum(map(len, _UNSPACED.findall(text)))
    if 3 * unspaced > len(text):
        return "unspaced"
    words = [word.casefold() for word in _WORD.findall(text)]
    counts = {name: sum(map(own.__contains__, words)) for name, own in _LANGUAGES.items()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else ""


@lru_cache(maxsize=256)
def _passage_stems(passage: str) -> frozenset[str]:
    """One answer asks of the same few passages again and again."""
    return frozenset(_stems(passage[:MOST_CHARACTERS]))


def _stems(text: str) -> set[str]:
    stems: set[str] = set()
    for word in _WORD.findall(_plain(text)):
        if _UNSPACED.fullmatch(word):
            stems.update(word[place : place + 2] for place in range(max(1, len(word) - 1)))
        elif len(word) > 2 and word not in _ALL_GRAMMAR:
            stems.add(word[:STEM])
    return stems


def _figures(text: str) -> set[str]:
    """Numbers of two digits and more, written plainly."""
    plain = (re.sub(r"[.,](?=\d{3}(?!\d))", "", number) for number in _NUMBER.findall(text))
    return {number for number in plain if len(number) > 1}
