"""Names of strangers' files, fit to be shown. They are never used as paths."""

import re
import unicodedata

NAME_CHARACTERS = 120
TITLE_CHARACTERS = 200

# Control, format (right-to-left marks, zero width), surrogate, private and unassigned characters.
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def showable(text: str) -> str:
    """One line without what cannot be seen."""
    spaced = re.sub(r"\s", " ", text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in _UNSHOWABLE)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def display_name(name: str) -> str:
    """The last part of the path, cleaned, at most NAME_CHARACTERS long, its extension kept."""
    # Longer input is cut first: cleaning must not cost more than a name is worth.
    last = re.split(r"[/\\]", name[-4_096:].rstrip("/\\"))[-1]
    cleaned = showable(last).strip(". ") or "untitled"
    if len(cleaned) <= NAME_CHARACTERS:
        return cleaned
    stem, dot, extension = cleaned.rpartition(".")
    if not dot or len(extension) > 12:
        return cleaned[: NAME_CHARACTERS - 1] + "…"
    return f"{stem[: NAME_CHARACTERS - len(extension) - 2]}….{extension}"


def display_title(title: str, name: str) -> str:
    """The title when there is one to show, else the name without its extension."""
    shown = showable(title[:4_096])
    if not shown:
        cleaned = display_name(name)
        shown = cleaned.rpartition(".")[0] or cleaned
    return shown if len(shown) <= TITLE_CHARACTERS else shown[: TITLE_CHARACTERS - 1] + "…"
