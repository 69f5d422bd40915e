"""Words of a call that stand in what the turn has read."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from models.payloads.policy import Quote

# Letters of scripts that put no space between words count as words.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|\w+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_PLAIN = re.compile(r"\w+")
# Shorter runs are how anybody speaks.
_RUN = 3
_CHARACTERS = 12
# Words that say something alone: account numbers, keys.
_DIGITS = 6
_KEY = 16
# Words of one run: what is shown of it is no longer.
_LONGEST = 64
MOST_QUOTES = 10
_SHOWN = 300
# Characters of a call's arguments: of more their beginning is looked at.
MOST_COMPARED = 16_000


@dataclass
class Words:
    """A text as words: made ready once for all calls of a step, and not before somebody asks."""

    source: str
    text: str

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)

    @cached_property
    def runs(self) -> frozenset[int]:
        return frozenset(_hashes(self.words))

    @cached_property
    def telling(self) -> frozenset[str]:
        return frozenset(word for word in set(self.words) if says_something(word))


def _hashes(words: Sequence[str]) -> list[int]:
    """Of each three words that stand side by side."""
    return list(map(hash, zip(words, words[1:], words[2:], strict=False)))


def words_of(text: str) -> list[str]:
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return (_WORD if _WIDE.search(folded) else _PLAIN).findall(folded)


def says_something(word: str) -> bool:
    """A word that hardly stands in two texts by chance."""
    digits = sum(map(str.isdigit, word))
    return digits >= _DIGITS or (digits > 0 and len(word) >= _KEY)


def quotes(arguments: Mapping[str, Any], texts: Sequence[Words]) -> tuple[Quote, ...]:
    """The longest first; of arguments beyond MOST_COMPARED characters, their beginning."""
    found: dict[tuple[str, str], Quote] = {}
    left = MOST_COMPARED
    for path, value in strings(arguments):
        given = words_of(value[:left])
        left -= min(len(value), left)
        hashes = _hashes(given)
        for text in texts:
            for run in _runs(given, hashes, text):
                shown = " ".join(run)[:_SHOWN]
                found.setdefault(
                    (path, shown), Quote(path=path[:200], text=shown, source=text.source[:_SHOWN])
                )
    return tuple(sorted(found.values(), key=lambda quote: -len(quote.text))[:MOST_QUOTES])


def compared_whole(arguments: Mapping[str, Any]) -> bool:
    return sum(len(value) for _, value in strings(arguments)) <= MOST_COMPARED


def strings(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text among arguments, with the path to it; below the first level names too, since a
    model may choose them."""
    match value:
        case str():
            yield path or "*", value
        case Mapping():
            for name, part in value.items():
                if path:
                    yield path, str(name)
                yield from strings(part, f"{path}.{name}" if path else str(name))
        case list() | tuple():
            for part in value:
                yield from strings(part, f"{path}.*" if path else "*")
        case int() | float() if not isinstance(value, bool) and says_something(str(value)):
            yield path or "*", str(value)
        case _:
            pass


def _runs(given: Sequence[str], hashes: Sequence[int], text: Words) -> Iterator[Sequence[str]]:
    """The runs of an argument's words of which each three stand side by side in the text: to ask
    for all of them together would take seconds where an attacker chooses both."""
    shared = text.runs.intersection(hashes)
    telling = text.telling.intersection(given)
    if not (shared or telling):
        return
    start = 0
    while start < len(given):
        end = start
        while end < min(len(hashes), start + _LONGEST) and hashes[end] in shared:
            end += 1
        run = given[start : end + _RUN - 1] if end > start else given[start : start + 1]
        if _counts(run) if end > start else given[start] in telling:
            yield run
        start += len(run)


def _counts(run: Sequence[str]) -> bool:
    return len(" ".join(run)) >= _CHARACTERS or any(map(says_something, run))
