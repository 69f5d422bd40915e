"""What of the ranked passages is given: within a budget of tokens, numbered."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from domain.ports.search import Loaded
from domain.ports.transcript import Passage
from domain.tokens import count

# Around each passage: its tag, its title, its heading.
AROUND_TOKENS = 30


def within(items: Sequence[Loaded], token_budget: int | None) -> list[Loaded]:
    """The first ones whose texts fit together. One that does not is passed over for a shorter one
    behind it; the first is always among them."""
    if token_budget is None:
        return list(items)
    kept: list[Loaded] = []
    left = token_budget
    for item in items:
        size = count(item.passage.text) + AROUND_TOKENS
        if size <= left or not kept:
            kept.append(item)
            left -= size
    return kept


def numbered(passages: Sequence[Passage], first: int = 1) -> list[Passage]:
    """With marks in this order, and scores rounded."""
    return [
        replace(
            passage,
            source=passage.source.model_copy(
                update={"mark": mark, "score": round(passage.source.score, 4)}
            ),
        )
        for mark, passage in enumerate(passages, start=first)
    ]


def merged(streams: Sequence[Sequence[Passage]], token_budget: int) -> list[Passage]:
    """One list of several: the best of each, then the second of each, and so on, so that no
    stream takes another's room; a passage or a text that came before is left out. Those that fit
    the budget together, at least one."""
    kept: list[Passage] = []
    seen: set[object] = set()
    left = token_budget
    for passage in chain.from_iterable(zip_longest(*streams)):
        if passage is None:
            continue
        names = {passage.source.passage_id, " ".join(passage.text.split()).casefold()}
        size = count(passage.text) + AROUND_TOKENS
        if names & seen or (size > left and kept):
            continue
        seen |= names
        left -= size
        kept.append(passage)
    return kept
