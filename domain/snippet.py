"""The part of a passage to show for a query."""

import re

SNIPPET_CHARACTERS = 300

# Shorter words say little about where the answer stands.
_WORD = re.compile(r"\w{4,}")
_LEAD = 60


def snippet(text: str, query: str, length: int = SNIPPET_CHARACTERS) -> str:
    """At most `length` characters of the text, around the most of the query's words."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    begin = _begin(flat, query, length)
    cut = flat[begin : begin + length - 2]
    if begin + len(cut) < len(flat):
        # Up to the last whole word, unless that is most of the snippet.
        space = cut.rfind(" ")
        cut = (cut[:space] if space > length // 2 else cut) + "…"
    return f"…{cut}" if begin else cut


def _begin(flat: str, query: str, length: int) -> int:
    """Start a little before the stretch that has the most different words of the query."""
    wanted = {word.casefold()[:6] for word in _WORD.findall(query)}
    hits = [
        (match.start(), stem)
        for match in _WORD.finditer(flat)
        if (stem := match[0].casefold()[:6]) in wanted
    ]
    if not hits:
        return 0
    reach = length - _LEAD - 2
    best = max(
        (start for start, _ in hits),
        key=lambda start: len({stem for at, stem in hits if start <= at < start + reach}),
    )
    begin = flat.find(" ", max(0, best - _LEAD), best) + 1
    return 0 if best < _LEAD else min(begin or best, len(flat) - 1)
