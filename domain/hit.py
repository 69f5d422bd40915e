"""Where in a text a search found its words."""

import re
from collections.abc import Sequence
from typing import Final

MOST_WORDS: Final = 16
"""Of a query; nobody types more to find a conversation again."""
LENGTH: Final = 160
_LEAD: Final = 40


_SIGNS: Final = re.compile(r"^\W+|\W+$")


def words_of(query: str) -> list[str]:
    """Without the signs around them, unless there is nothing else."""
    return [_SIGNS.sub("", word) or word for word in query.split()[:MOST_WORDS]]


def pattern(word: str) -> str:
    """A regular expression for texts in which a word begins like this, in any letters' case; for
    Postgres as it is."""
    start = r"\m" if word[:1].isalnum() else ""
    return start + re.sub(r"([^\w])", r"\\\1", word)


def around(text: str, words: Sequence[str], length: int = LENGTH) -> str:
    """At most `length` characters, from a little before the first place where a word begins like
    one of these."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    begins = [rf"(?<!\w){re.escape(word)}" for word in words]
    found = re.search("|".join(begins), flat, re.IGNORECASE) if begins else None
    at = max(0, min(found.start() if found else 0, len(flat)) - _LEAD)
    begin = 0 if at == 0 else flat.find(" ", at) + 1 or at
    cut = flat[begin : begin + length - 2]
    if begin + len(cut) < len(flat):
        space = cut.rfind(" ")
        cut = (cut[:space] if space > length // 2 else cut) + "…"
    return f"…{cut}" if begin else cut
