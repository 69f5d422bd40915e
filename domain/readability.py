"""How hard a text is to read: published formulas over counts made here, without a network."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# A word with its apostrophes and inner hyphens; numbers count as words.
_WORD: Final = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
# A full stop inside a number, an address or an abbreviation ends nothing.
_ABBREVIATED: Final = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|prof|st|no|inc|ltd|co|jr|sr|approx|fig|u\.s|u\.k"
    r"|z\.b|d\.h|u\.a|bzw|ca|nr|usw|evtl|ggf)\.(?=\s)",
    re.IGNORECASE,
)
_END: Final = re.compile(
    r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n\s*\n|\n(?=\s*(?:[-*•]\s|[#|]|\d+[.)]\s))|[。！？]"
)
_VOWELS_EN: Final = re.compile(r"[aeiouy]+")
_VOWELS: Final = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿ]+")
_DIPHTHONGS_DE: Final = re.compile(r"aa|ee|oo|ie|ei|ai|ey|ay|eu|äu|au|ui|[aeiouyäöüé]")
# English vowels that stand together and are spoken apart.
_APART_EN: Final = re.compile(
    r"ia(?!l$|ls$|lly$|n$|ns$|ge|ble|bly)|[^cstl]ia[ln]s?$|iu|[^cgstxl]io(?!us)|ii|rious|vious"
    r"|[aeo]ing|[^aeiou]ying|eo(?!u|ple)|ua(?!r|l$|ge)|uous|[dt]ual|creat(?!ur)|react|ruin|fluid|poet"
    r"|poem|[aeiou]y[aeiou](?!d$)|eate|eation|[^aeiouq]ue[lnt]$|scien(?!ce)|client|area|idea|lion$"
)
# Those that are written and not spoken.
_SILENT_EN: Final = re.compile(
    r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouysxzcg])es$"
    r"|(?<=[a-z][^aeiou])e(?=(?:ly|ful|less|ment|ness|some|where|thing|body|time|line|fire"
    r"|craft|way|quake|work)s?$)|lion$"
)
_CONTRACTION_EN: Final = re.compile(r"([a-z]+)['’](re|ve|ll|d|s|m|t)")
_MURMURED_EN: Final = re.compile(r"(?:s|th)ms?$")
# Frequent words that no rule fits.
_KNOWN_EN: Final = {
    **dict.fromkeys(("business", "people", "science", "someone", "safety", "language"), 2),
    **dict.fromkeys(("anyone", "everyone", "element", "example", "businesses", "languages"), 3),
    "entire": 3,
    **dict.fromkeys(("experience", "january", "february", "retirement"), 4),
    "every": 2,
    "evening": 2,
}
_LONG_LETTERS: Final = 6
_LONGEST_KEPT: Final = 40


@dataclass(frozen=True, slots=True)
class Readability:
    """`ease` is Flesch's scale (higher is easier, 60 to 70 is plain English; Amstad's for German),
    `grade` Flesch-Kincaid's years of school; None for languages that have no formula here. `lix`
    is for every language of letters: below 40 is easy, above 50 hard."""

    words: int
    sentences: int
    syllables: int
    words_per_sentence: float
    lix: float
    ease: float | None
    grade: float | None


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """Those that have a word; headings and list items count as sentences."""
    kept = _ABBREVIATED.sub(lambda found: found[0].replace(".", "\u2024"), text)
    parts = (part.replace("\u2024", ".").strip() for part in _END.split(kept))
    return [part for part in parts if _WORD.search(part)]


def syllables(word: str, language: str = "en") -> int:
    """At least one."""
    plain = word.casefold()
    # Texts repeat their words; one of a page's length is not kept.
    return (_kept if len(plain) <= _LONGEST_KEPT else _spoken)(plain, language)


def _spoken(plain: str, language: str) -> int:
    if language == "de":
        return max(1, len(_DIPHTHONGS_DE.findall(plain)))
    if language != "en":
        return max(1, len(_VOWELS.findall(plain)))
    return sum(_contracted(part) for part in plain.split("-") if part) or 1


_kept = lru_cache(maxsize=16_384)(_spoken)


def readability(text: str, language: str = "en") -> Readability:
    """Of prose; a text without words has zeros. `language` is ISO 639-1."""
    found = words(text)
    if not found:
        return Readability(0, 0, 0, 0.0, 0.0, None, None)
    spoken = sum(syllables(word, language) for word in found)
    many = max(1, len(sentences(text)))
    per_sentence, per_word = len(found) / many, spoken / len(found)
    long = sum(len(word) > _LONG_LETTERS for word in found)
    ease = grade = None
    if language == "en":
        ease = 206.835 - 1.015 * per_sentence - 84.6 * per_word
        grade = 0.39 * per_sentence + 11.8 * per_word - 15.59
    elif language == "de":
        ease = 180 - per_sentence - 58.5 * per_word
    return Readability(
        words=len(found),
        sentences=many,
        syllables=spoken,
        words_per_sentence=round(per_sentence, 1),
        lix=round(per_sentence + 100 * long / len(found), 1),
        ease=None if ease is None else round(ease, 1),
        grade=None if grade is None else round(grade, 1),
    )


def _contracted(word: str) -> int:
    """`we're` has one, `didn't` two: the rest is heard only after a consonant."""
    found = _CONTRACTION_EN.fullmatch(word)
    if found is None:
        return sum(_english(part) for part in re.split(r"['’]", word) if part)
    base, rest = found[1], found[2]
    before = base[:-1] if rest == "t" else base
    heard = rest in {"t", "ve", "ll", "re"} and before[-1:] not in {*"aeiouyrl", ""}
    return _english(base) + heard


def _english(word: str) -> int:
    if word in _KNOWN_EN:
        return _KNOWN_EN[word]
    if not _VOWELS_EN.search(word):
        # Initials are spelt out; how digits are spoken is not to be seen.
        return len(word) + 2 * word.count("w") if word.isalpha() else 1
    count = len(_VOWELS_EN.findall(word)) + len(_APART_EN.findall(word))
    count -= len(_SILENT_EN.findall(word))
    # `prism`, `rhythm`.
    return max(1, count + bool(_MURMURED_EN.search(word)))
