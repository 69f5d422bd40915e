"""Take private data out of text, whole or as it streams: the same whatever the cuts."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from domain.safety.context import CONTEXT, LONGEST_SPACED
from domain.safety.keys import BLOCK_BEGIN, BLOCK_END, MOST_BLOCK, NAMED, NAMING, PREFIXES
from domain.safety.kinds import FINDERS, PLACES, Span
from models.payloads.safety import Private

# Held back at most: longer than any key there is. What is longer is shown as if it had ended.
MOST_HELD: Final = 16_384
# Of the text before, for what a number's neighbours say of it.
_KEPT: Final = 4 * CONTEXT
_NUMBERS: Final = frozenset({Private.PHONE, Private.CARD, Private.NATIONAL, Private.IBAN})


@dataclass(frozen=True, slots=True)
class Redacted:
    """`kinds` are those that were taken out, once each, in the text's order."""

    text: str
    kinds: tuple[Private, ...] = ()


def redact(text: str, kinds: Collection[Private]) -> Redacted:
    spans = spans_of(text, kinds, 0)
    return Redacted(_cut(text, 0, len(text), spans), tuple(dict.fromkeys(s.kind for s in spans)))


def spans_of(text: str, kinds: Collection[Private], start: int) -> list[Span]:
    """What begins at `start` or behind it, parted and in order. Of those that overlap one is made,
    of the kind of the first."""
    found = sorted(
        (Span(first, last, kind) for kind in FINDERS if kind in kinds
         for first, last in FINDERS[kind](text, start)),
        key=lambda span: (span.start, -span.end),
    )  # fmt: skip
    merged: list[Span] = []
    for span in found:
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            merged.append(span)
    return merged


def _cut(text: str, start: int, end: int, spans: Iterable[Span]) -> str:
    pieces: list[str] = []
    for span in spans:
        pieces += (text[start : span.start], PLACES[span.kind])
        start = span.end
    return "".join([*pieces, text[start:end]])


def _hopeful() -> re.Pattern[str]:
    """Of a token that is, or may still become, a key with a prefix or an address with a login."""
    begun = {prefix[:length] for prefix in PREFIXES for length in range(1, len(prefix))}
    whole = "|".join(map(re.escape, PREFIXES))
    parts = "|".join(map(re.escape, sorted(begun, key=len, reverse=True)))
    login = r"(?<=://)[^\s:/@?#]*(?::[^\s/@]*)?(?:\Z|@)"
    block = "".join(f"(?:{sign}" for sign in BLOCK_BEGIN) + ")?" * len(BLOCK_BEGIN)
    return re.compile(
        rf"(?<![A-Za-z0-9])(?:{whole}|(?:{parts})\Z|\d+(?::|\Z))|{login}|(?=-){block}\Z"
    )


_HOPEFUL: Final = _hopeful()
# The last token, and before it the run of tokens that may be one number with it. A run begins with
# a digit, a sign of a telephone, or the capitals of `AB 12 34 56 C`; short words may stand in it.
_NUMBERISH: Final = re.compile(
    r"(?:(?<!\S)(?:\S*\d\S*|[^\w\s]{0,3}(?:[+(]\S*|[A-Z]{1,2}))"
    r"(?:[^\S\n]+(?:[^\s\d]{1,4}|\S*\d\S*))*[^\S\n]+)?(?<!\S)\S*\Z"
)


class Redactor:
    """A stream's text, and how far it is settled: what of it no continuation can change. Places are
    signs from the stream's beginning."""

    def __init__(self, kinds: Collection[Private], shown: str = "") -> None:
        """`shown`: the text before this stream, as readers hold it."""
        self._kinds = frozenset(kinds)
        self._text = shown[-_KEPT:]
        self._base = -len(self._text)
        """Of `_text`: its first sign's place."""
        self._settled = len(self._text)
        self._spans: list[Span] | None = None
        self._held: int | None = None

    @property
    def end(self) -> int:
        """Behind all that was pushed."""
        return self._base + len(self._text)

    def push(self, text: str) -> None:
        self._text += text
        self._spans = self._held = None

    def boundary(self, upto: int) -> int:
        """The last place at or before `upto` where what is shown may end for now."""
        wanted = max(self._settled, min(upto - self._base, self._hold()))
        for span in self._open():
            if span.start < wanted < span.end:
                wanted = span.start
        return self._base + wanted

    def release(self, upto: int) -> str:
        """What was not given before and is settled, redacted: up to `boundary(upto)`."""
        end = self.boundary(upto) - self._base
        spans = [span for span in self._open() if span.end <= end]
        shown = _cut(self._text, self._settled, end, spans)
        gone = max(0, end - _KEPT)
        self._text, self._base = self._text[gone:], self._base + gone
        self._settled = end - gone
        self._spans = self._held = None
        return shown

    def finish(self) -> str:
        """The rest, now that nothing follows."""
        shown = _cut(self._text, self._settled, len(self._text), self._open())
        self._settled = len(self._text)
        self._spans = self._held = None
        return shown

    def _open(self) -> list[Span]:
        if self._spans is None:
            self._spans = spans_of(self._text, self._kinds, self._settled)
        return self._spans

    def _hold(self) -> int:
        """Where that begins which the next signs may change."""
        if self._held is None:
            self._held = self._found_hold()
        return self._held

    def _found_hold(self) -> int:
        if len(self._text) - self._settled > MOST_HELD:
            return len(self._text)
        holds = [len(self._text)]
        if Private.KEY in self._kinds:
            holds.append(self._key_hold())
        if Private.EMAIL in self._kinds:
            holds.append(self._token())
        if self._kinds & _NUMBERS:
            holds.append(self._number_hold())
        return min(holds)

    def _token(self) -> int:
        """Where the last token begins: the end when white space is last."""
        text = self._text
        end = len(text)
        while end and not text[end - 1].isspace():
            end -= 1
        return end

    def _key_hold(self) -> int:
        text, token = self._text, self._token()
        block = text.find(BLOCK_BEGIN, self._settled)
        while block >= 0 and (closed := BLOCK_END.search(text, block)):
            block = text.find(BLOCK_BEGIN, closed.end())
        if block >= 0 and len(text) - block <= MOST_BLOCK + 200:
            return min(block, token)
        if token < len(text) and (
            _HOPEFUL.search(text, token)
            or NAMING.search(text, token)
            or NAMED.search(text, max(0, token - CONTEXT), token)
        ):
            return token
        return len(text)

    def _number_hold(self) -> int:
        """Where the run of words that may belong to one number begins."""
        text = self._text
        line = max(text.rfind("\n", self._settled) + 1, self._settled)
        first = max(line, len(text) - 2 * LONGEST_SPACED)
        match = _NUMBERISH.search(text, first)
        return first if match is None else max(first, match.start())
