"""Texts packed into calls."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from domain.tokens import count

Item = TypeVar("Item")


def packed(
    items: Sequence[Item], text: Callable[[Item], str], *, most: int, tokens: int
) -> Iterator[Sequence[Item]]:
    """Stretches of the items, in order: `most` at most, and with so many tokens together. An item
    that has more goes alone."""
    start = held = 0
    for end, item in enumerate(items):
        size = count(text(item))
        if end > start and (end - start >= most or held + size > tokens):
            yield items[start:end]
            start, held = end, 0
        held += size
    if start < len(items):
        yield items[start:]
