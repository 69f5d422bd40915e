"""Where citation marks stand in an answer: `[1]`, `[2, 3]`, `[1-3]`, `【1】`, `【1†source】`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# Of an answer; what stands behind is left as it is.
MOST_CHARACTERS: Final = 400_000
# A range that is longer was no list of sources.
LONGEST_RANGE: Final = 20

# What is quoted, linked or code is not ours to read.
_KEPT = re.compile(
    r"""
    ^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?^[ \t]*(?P=fence)[`~]*[ \t]*$|.*\Z)  # a fence
    | (?<!`)(?P<tick>`++).{1,2000}?(?<!`)(?P=tick)(?!`)                          # inline code
    | !?\[[^\]\[\n]{0,500}\]\([^)\s]{0,2000}[^)\n]{0,500}\)                    # a link or picture
    | !?\[[^\]\[\n]{1,500}\]\[[^\]\[\n]{0,100}[^\]\[\n\d,\s][^\]\[\n]{0,100}\] # a link by name
    | ^[ ]{0,3}\[[^\]\[\n]{1,100}\]:[ \t]*\S+                                  # where a link leads
    | \$\$.{1,2000}?\$\$                                                       # a formula
    | \\[\[(].{1,2000}?\\[\])]
    | \bhttps?://\S+
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_PLAIN = re.compile(r"(?<![\\\[!])\[\s*(\d{1,3}(?:\s*(?:[,;]|[-–—])\s*\d{1,3})*)\s*\](?![(\]])")
_WIDE = re.compile(
    r"【\s*(\d{1,3}(?:\s*(?:[,;、，]|[-–—])\s*\d{1,3})*)(?::\d{1,4})?(?:†[^】\n]{0,200})?】"
)
_RANGE = re.compile(r"(\d{1,3})(?:\s*[-–—]\s*(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class Group:
    """One pair of brackets: `[start:end]` of the text, and the numbers in it, ranges unrolled."""

    start: int
    end: int
    numbers: tuple[int, ...]
    wide: bool
    """In brackets that only citations have."""
    glued: bool
    """A word ends right before it: `items[3]` may be no citation."""


def groups_in(text: str) -> list[Group]:
    """In the order that they stand in. Code, links and formulas have none."""
    text = text[:MOST_CHARACTERS]
    kept = [match.span() for match in _KEPT.finditer(text)]
    found = sorted(_found(text), key=lambda group: group.start)
    return [group for group in found if not any(a <= group.start < b for a, b in kept)]


def _found(text: str) -> Iterator[Group]:
    for pattern, wide in ((_PLAIN, False), (_WIDE, True)):
        for match in pattern.finditer(text):
            numbers = _numbers(match[1])
            if numbers is None:
                continue
            before = text[match.start() - 1 : match.start()]
            glued = not wide and bool(before) and (before.isalnum() or before in "_)")
            yield Group(match.start(), match.end(), numbers, wide, glued)


def _numbers(inside: str) -> tuple[int, ...] | None:
    """None for what cannot be marks: they run from 1, and ranges rise."""
    numbers: list[int] = []
    for match in _RANGE.finditer(inside):
        first, last = int(match[1]), int(match[2] or match[1])
        if first < 1 or not first <= last < first + LONGEST_RANGE:
            return None
        numbers.extend(range(first, last + 1))
    return tuple(dict.fromkeys(numbers))
