"""Strangers' words in Slack: nothing of them may act, hide or pretend."""

import re
import unicodedata
from typing import Final

# What is seen nowhere and changes what is read: controls, marks of direction, zero-width
# characters, fillers that look like nothing, tags.
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
# Inside an emoji they are part of it: the picture's form, and what joins two.
_OF_EMOJI: Final = frozenset("\ufe0f\u200d")
_PLAIN: Final = re.compile(r"[\x20-\x7e\n\t]*")
_SPECIAL: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def visible(text: str) -> str:
    """What hides is written out, as ⟦U+202E⟧: an approver sees what will run."""
    if _PLAIN.fullmatch(text):
        return text
    before, shown = "", []
    for character in text:
        shown.append(character if _is_shown(character, before) else f"⟦U+{ord(character):04X}⟧")
        before = character
    return "".join(shown)


def _is_shown(character: str, before: str) -> bool:
    if character in "\n\t":
        return True
    if character in _OF_EMOJI and before and unicodedata.category(before) in {"So", "Sk", "Mn"}:
        return True
    code = ord(character)
    selects = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    return not (selects or character in _BLANK or unicodedata.category(character) in _UNSEEN)


def escaped(text: str) -> str:
    """For Slack's markup: no mention, no link and no command comes of it."""
    return visible(text).translate(_SPECIAL)


def cut(text: str, most: int) -> str:
    """At most so many characters, and a sign where some are missing."""
    return text if len(text) <= most else text[: most - 1] + "…"
