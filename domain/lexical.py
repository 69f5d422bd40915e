"""Words as the index has them: one way of cutting for every passage and every question."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Final

import Stemmer

# A longer word is cut here, on both sides, so that it still finds itself.
TERM_CHARACTERS: Final = 64
# A passage has 8,000 characters at most; of a page of signs no more than this is kept.
PASSAGE_TERMS: Final = 10_000
# Each costs a look into every block of a space; a question has about ten.
QUERY_TERMS: Final = 64
QUERY_CHARACTERS: Final = 8_000

# Letters that are written without spaces: read in pairs.
_PAIRED: Final = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\uac00-\ud7af\u1100-\u11ff"  # Korean
)
# Vowels and marks that `\w` takes for no letters, and Indian scripts are full of.
_MARKS: Final = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_LETTERS: Final = rf"(?:[^\W_{_PAIRED}]|[{_MARKS}])+"
_WORD: Final = rf"{_LETTERS}(?:'{_LETTERS})*"
# A word, or several with one sign between each two: names of things, numbers, addresses.
_RUN: Final = re.compile(rf"(?P<pairs>[{_PAIRED}]+)|{_WORD}(?:[-_./:@&+#,]{_WORD})*")
_PART: Final = re.compile(_WORD)
# What is one thing when written together: codes, versions, prices, host names, e-mail addresses.
_WHOLE: Final = re.compile(r"\d|[a-z]{2}\.[a-z]{2}|@|_")
_GROUPED: Final = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
_APOSTROPHES: Final = str.maketrans("\u2019\u02bc\uff07", "'''")

# Snowball's languages by alphabet: the question's language is not known, its letters are. Other
# languages of the Latin alphabet lose English endings on both sides alike, and find themselves.
_LANGUAGES: Final = (
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u04ff", "russian"),
    ("\u0530", "\u058f", "armenian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
    ("\u0b80", "\u0bff", "tamil"),
)
_STEMMERS: Final = {
    name: Stemmer.Stemmer(name, 0) for name in ("english", *(name for *_, name in _LANGUAGES))
}
# Question words too: they say how to answer, not where.
_STOP: Final = frozenset(
    re.findall(
        r"\S+",
        """
    a about after all also am an and any are aren't as at be because been before being between both
    but by can can't could couldn't did didn't do does doesn't doing don't down during each few for
    from had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers him his
    how how's i i'd i'll i'm i've if in into is isn't it it's its itself just let's me more most my
    no nor not now of off on once only or other our ours out over own same she she'd she'll she's
    should shouldn't so some such than that that's the their theirs them then there there's these
    they they'd they'll they're they've this those through to too under until up us very was wasn't
    we we'd we'll we're we've were weren't what what's when where which while who whom why will with
    won't would wouldn't you you'd you'll you're you've your yours
    """,
    )
)


def terms(text: str) -> list[str]:
    """The text's terms in order, repeated ones too, `PASSAGE_TERMS` at most."""
    found: list[str] = []
    for run in _RUN.finditer(_folded(text)):
        if run["pairs"]:
            found += _pairs(run["pairs"])
        else:
            found += _of_run(run[0])
        if len(found) >= PASSAGE_TERMS:
            break
    return found[:PASSAGE_TERMS]


def asked(query: str) -> dict[str, int]:
    """The query's terms, with how often it says each: the most said, then the first, when there
    are more than `QUERY_TERMS`."""
    return dict(Counter(terms(query[:QUERY_CHARACTERS])).most_common(QUERY_TERMS))


def counted(text: str, heading: str) -> tuple[Counter[str], int]:
    """How often a passage has each term, and how long it is in terms. Its heading's words count
    as its own."""
    found = terms(f"{heading}\n{text}")
    return Counter(found), len(found)


def _folded(text: str) -> str:
    """No difference of case, width or accent is left, and nothing that Postgres cannot store."""
    plain = text.translate(_APOSTROPHES).encode("utf-8", "replace").decode()
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return _GROUPED.sub("", folded)


def _of_run(run: str) -> list[str]:
    """A run's words; and the run itself, when it is more than its words."""
    if _PART.fullmatch(run):
        return _of_word(run)
    found = [term for part in _PART.findall(run) for term in _of_word(part)]
    if len(run) <= TERM_CHARACTERS and _WHOLE.search(run):
        found.append(_unaccented(run))
    return found


def _of_word(word: str) -> list[str]:
    if word in _STOP:
        return []
    stem = _stem(word[:TERM_CHARACTERS])
    return [stem] if stem else []


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    first = word[0]
    if first.isdigit():
        return word
    for low, high, name in _LANGUAGES:
        if low <= first <= high:
            stem: str = _STEMMERS[name].stemWord(word)
            return stem
    latin: str = _STEMMERS["english"].stemWord(_unaccented(word))
    return latin


def _unaccented(word: str) -> str:
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFD", word)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def _pairs(run: str) -> list[str]:
    """Each two letters that stand together; a letter that stands alone."""
    if len(run) == 1:
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]
