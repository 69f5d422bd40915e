"""A text as the kinds of its words: one sign for each, so that a pattern fits every wording."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from domain.safety.vocabulary import KINDS

# Any other word, and what ends a sentence or parts two fields of data.
OTHER: Final = "."
END: Final = "|"

_SIGNS: Final = {
    word: sign for sign, words in reversed(KINDS.items()) for word in reversed(words.split())
}
# Sign for sign, so that places stay what they are: what ends a sentence or a field is a line's end,
# what stands between words a space.
_ENDS: Final = b'.!?;:\n"{}[]<>|='
_KEPT: Final = b"'-_@$"
_TABLE: Final = bytes(
    10 if code in _ENDS else code if code > 127 or chr(code).isalnum() or code in _KEPT else 32
    for code in range(256)
)
_WIDE_ENDS: Final = "…。！？；：“”„«»—•·、「」"
# A quotation mark of data, not of a contraction.
_QUOTE = re.compile(r"'(?:(?<![^\W_]')|(?![^\W_]))")
# One letter at a time, so that no list of words finds it.
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ ._*-]){4}(?:[^\W\d_][ ._*-])*[^\W\d_](?![^\W_])")
_LETTERS: Final = bytes(
    97 if code > 127 or chr(code).isalpha() else 32 if code in b" ._*-" else 35
    for code in range(256)
)
_LEET: Final = (
    str.maketrans("013457@$", "oleastas"),
    str.maketrans("013457@$", "oieastas"),
)
_RUN = re.compile(r"\|{2,}")


@dataclass(frozen=True, slots=True)
class Reading:
    """`signs` has one for each word, and END between sentences; `words` are all, once each."""

    text: str
    signs: str
    words: frozenset[str]
    plain: str
    """As long as `text`; its lines are its sentences."""

    def sentences(self) -> Iterator[tuple[str, int, int]]:
        """The signs of each, and where in the text it stands."""
        if not self.signs:
            return
        kinds, start = iter(self.signs.split(END)), 0
        for line in self.plain.split("\n"):
            if line and not line.isspace():
                yield next(kinds), start, start + len(line)
            start += len(line) + 1


def read(text: str) -> Reading:
    """`text` is folded: see `domain.safety.normalise.folded`."""
    code = text.encode("utf-8", "replace")
    if b" a a a a " in b" %b " % code.translate(_LETTERS):
        text = _SPACED.sub(lambda run: re.sub(r"[ ._*-]", "", run.group()), text)
        code = text.encode("utf-8", "replace")
    plain = code.translate(_TABLE).decode("utf-8")
    if not plain.isascii():
        for sign in _WIDE_ENDS:
            plain = plain.replace(sign, "\n")
    if "'" in plain:
        plain = _QUOTE.sub("\n", plain)
    words = plain.replace("\n", " | ").split()
    once = frozenset(words)
    table = {word: _sign(word) for word in once}
    signs = _RUN.sub(END, "".join(map(table.__getitem__, words))).strip(END)
    return Reading(text, signs, once, plain)


def _sign(word: str) -> str:
    """Also of `1gn0re` and `_ignore_`."""
    sign = _SIGNS.get(word)
    if sign is not None or word.isalpha() or word.isdigit():
        return sign or OTHER
    if word == END:
        return END
    plain = word.strip("-_'")
    meant = (plain, *(plain.translate(letters) for letters in _LEET))
    return next((_SIGNS[word] for word in meant if word in _SIGNS), OTHER)
