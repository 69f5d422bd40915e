"""Text as it reads: composed, and without signs that nobody sees and a model obeys."""

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from itertools import islice
from typing import Final

# Why a text was changed, or looks made to deceive.
INVISIBLE: Final = "invisible_characters"
DIRECTION: Final = "direction_marks"
SMUGGLED: Final = "smuggled_text"
MIXED: Final = "mixed_scripts"


def _signs(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


_ASCII: Final = bytes(range(0x20, 0x80)) + b"\n\t\r"
_CONTROL: Final = _signs((0, 8), (0xB, 0xC), (0xE, 0x1F), (0x7F, 0x84), (0x86, 0x9F))
_CONTROL_SIGN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Overrides and embeddings change what order a text reads in; marks and isolates are at times needed
# to type right-to-left text, and never to understand it.
_DIRECTION: Final = _signs((0x61C, 0x61C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069))
_OVERRIDE: Final = _signs((0x202D, 0x202E))
_ZERO_WIDTH: Final = _signs(
    (0xAD, 0xAD), (0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200B), (0x2060, 0x2065), (0x206A, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
)  # fmt: skip
# Joiners make letters in some scripts and pictures of several signs; between others they hide.
_JOINERS: Final = _signs((0x200C, 0x200D))
_JOINER = re.compile("(?s)(.?)([\u200c\u200d]+)(?=(.?))")
_JOINED_SCRIPT = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ufb50-\ufdff\ufe70-\ufefe]"
)
_PICTURE = re.compile("[\u00a9-\u00ae\u2049-\u3299\ufe0f\U0001f000-\U0001faff]")
_TAGGED: Final = _signs((0xE0000, 0xE007F))
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,7}\U000e007f)|[\U000e0000-\U000e007f]+")
# Bytes hidden in selectors: 16 and 240 of them make 256.
_SELECTORS: Final = _signs((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_SELECTED = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_STRANGE: Final = (
    _CONTROL | _DIRECTION | _ZERO_WIDTH | _JOINERS | _TAGGED | _SELECTORS
)  # all of the above: most texts have none

# Letters of other scripts that pass for Latin ones.
LOOKALIKES: Final = str.maketrans(
    "аеорсухіјѕԁһոսɡɩցքӏАВЕКМНОРСТУХІЈЅԌҮαοερνικτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "aeopcyxijsdhnugigqlABEKMHOPCTYXIJSGYaoepviktuxABEZHIKMNOPTYXcjabcdefghijklmnoprstuvwyz",
)
_LATIN: Final = "A-Za-zÀ-ɏ"
_OTHER: Final = "\u0370-\u03ff\u0400-\u052f\u0530-\u058f"
_OTHERS: Final = _signs((0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x58F))
# Letters that have no compatible or look-alike form worth a fold.
_PLAIN: Final = _signs((0, 0x2FF), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20BF))
# Looked for from the rarer letters: twenty times as fast as from either.
_MEETING = re.compile(f"[{_OTHER}](?:(?=[{_LATIN}])|(?<=[{_LATIN}][{_OTHER}]))")
_MEETING_LATIN = re.compile(f"[{_LATIN}](?:(?=[{_OTHER}])|(?<=[{_OTHER}][{_LATIN}]))")
_LETTERS = re.compile(f"[{_LATIN}{_OTHER}]")
_MOST_MIXED: Final = 200
_MANY: Final = 40


@dataclass(frozen=True, slots=True)
class Normal:
    """`found` says what stood in the text that nobody types by accident."""

    text: str
    found: tuple[str, ...] = ()
    smuggled: str = ""
    """What was written in signs that show nothing."""
    seen: frozenset[str] = frozenset()
    """Of the signs of `text`, those that are not ASCII."""
    mixed: frozenset[str] = frozenset()
    """Its words of two scripts."""


def normalise(text: str) -> Normal:
    """Compose (NFC) and take out what cannot be seen. Emoji, right-to-left text and joiners where
    their script needs them stay as they read."""
    if text.isascii():
        plain = _CONTROL_SIGN.sub("", text)
        return Normal(plain, (INVISIBLE,) if len(plain) < len(text) else ())
    found: list[str] = []
    smuggled, seen = "", frozenset(foreign(text))
    composed = text
    if strange := _STRANGE & seen:
        smuggled, composed = _shown(text, strange, found)
    composed = unicodedata.normalize("NFC", composed)
    if composed != text:
        seen = frozenset(foreign(composed))
    if mixed := mixed_words(composed, seen):
        found.append(MIXED)
    return Normal(composed, tuple(found), smuggled, seen, mixed)


def foreign(text: str) -> str:
    """What of the text is not ASCII: a hundredth of most, found much faster than sign by sign."""
    return text.encode("utf-8", "replace").translate(None, _ASCII).decode("utf-8")


def _shown(text: str, strange: frozenset[str], found: list[str]) -> tuple[str, str]:
    smuggled = ""
    if strange & (_TAGGED | _SELECTORS):
        smuggled, text = _smuggled(text)
        found += [SMUGGLED] if smuggled else []
    if directing := strange & _DIRECTION:
        found += [DIRECTION] if _deceives(text, directing) else []
        text = _without(text, directing)
    before = len(text)
    text = _without(text, strange & (_ZERO_WIDTH | _CONTROL))
    if strange & _JOINERS:
        text = _JOINER.sub(_joined, text)
    if len(text) < before:
        found.append(INVISIBLE)
    return smuggled, text


def mixed_words(text: str, seen: Set[str]) -> frozenset[str]:
    """Words of Latin and of look-alike letters at once: no language has them. `seen`: `foreign`
    signs of the text."""
    if _OTHERS.isdisjoint(seen):
        return frozenset()
    rarer = _MEETING if 2 * len(foreign(text)) < len(text) else _MEETING_LATIN
    words = (_word(text, match.start()) for match in rarer.finditer(text))
    return frozenset(word for word in islice(words, _MOST_MIXED) if _deceiving(word))


def _word(text: str, place: int) -> str:
    """The letters around it: forty to each side at most, more than any word has."""
    first = last = place
    while first > max(0, place - 40) and _LETTERS.match(text[first - 1]):
        first -= 1
    while last < min(len(text), place + 40) and _LETTERS.match(text[last]):
        last += 1
    return text[first:last]


def folded(normal: Normal) -> str:
    """The text as patterns read it: compatible signs and look-alikes made plain, small letters."""
    text = normal.text
    if text.isascii():
        return text.lower()
    if rare := normal.seen - _PLAIN:
        text, mixed = _compatible(text, rare), normal.mixed
        if text is not normal.text:
            mixed = mixed_words(text, normal.seen)
        for word in mixed:
            text = text.replace(word, word.translate(LOOKALIKES))
    return text.lower().replace("’", "'").replace("‘", "'")


def _compatible(text: str, rare: Set[str]) -> str:
    """A few signs are faster made plain one by one."""
    if len(rare) > _MANY:
        return unicodedata.normalize("NFKC", text)
    for sign in rare:
        plain = unicodedata.normalize("NFKC", sign)
        if plain != sign:
            text = text.replace(sign, plain)
    return text


def _deceiving(word: str) -> bool:
    """Not a unit or a formula such as `µm` or `Δt`: at least two Latin letters beside the other."""
    latin = word.translate(LOOKALIKES)
    return latin.isascii() and sum(map(str.isascii, word)) >= 2


def _without(text: str, signs: frozenset[str]) -> str:
    for sign in signs:
        text = text.replace(sign, "")
    return text


def _smuggled(text: str) -> tuple[str, str]:
    """What tag characters and variation selectors spell, and the text without it. Flags are made
    of tags, and one selector says how the sign before it looks."""
    hidden: list[str] = []

    def tagged(run: re.Match[str]) -> str:
        if run[1]:
            return run[1]
        hidden.extend(chr(ord(sign) & 0x7F) for sign in run[0])
        return ""

    def selected(run: re.Match[str]) -> str:
        first = run[0][0]
        if len(run[0]) > 1:
            hidden.append(bytes(map(_byte, run[0])).decode("utf-8", "replace"))
        return first if len(run[0]) == 1 else ""

    text = _SELECTED.sub(selected, _TAGS.sub(tagged, text))
    return "".join(hidden)[:4_000], text


def _byte(selector: str) -> int:
    code = ord(selector)
    return code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16


def _joined(match: re.Match[str]) -> str:
    before, joiners, after = match.groups()
    script = _JOINED_SCRIPT.match(before) and _JOINED_SCRIPT.match(after)
    picture = joiners[0] == "\u200d" and _PICTURE.match(before) and _PICTURE.match(after)
    return before + joiners[0] if script or picture else before


def _deceives(text: str, directing: frozenset[str]) -> bool:
    """Overrides always do; marks and isolates only where nothing reads from right to left."""
    return not directing.isdisjoint(_OVERRIDE) or not any(
        unicodedata.bidirectional(sign) in {"R", "AL"} for sign in set(text) - _DIRECTION
    )
