"""What models, documents and servers wrote, made safe to show in a terminal."""

import re

# A terminal obeys control characters: cursor moves, titles, pasted input. All go but tab and new
# line. So do those that turn the reading order round, which make text look like other text, the
# invisible tag characters, and lone surrogates, which cannot be written at all.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_BREAK = re.compile("\r\n|\x85|\u2028|\u2029")


def printable(text: str) -> str:
    """The text with its line ends as new lines and nothing that a terminal would obey."""
    return _UNSAFE.sub("", _BREAK.sub("\n", text))


def one_line(text: str, longest: int = 200) -> str:
    """The text on one line, cut to so many characters."""
    flat = " ".join(printable(text).split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
