"""The addresses of pages that stand in a message."""

import re

MOST = 3

# From the scheme on, or the `www.` that people leave it out before, to what cannot be part of an
# address where it stands in prose, a table or a Markdown link.
_FOUND = re.compile(
    r"""(?<![\w@/.-])(?:https?://|www\.)(?:(?!\]\()[^\s<>"`|\\^{}“”„«»「」『』、。，；：！？（）])+""",
    re.IGNORECASE,
)
_AFTER = ".,;:!?'*_~…"
_PAIRS = {")": "(", "]": "["}
# Longer messages are looked through this far: people put the address near the question.
_CHARACTERS = 20_000
# No longer one is fetched, and half of one is another page's address.
_LONGEST = 2_000


def addresses(message: str, most: int = MOST) -> list[str]:
    """At most so many different ones, in their order, without what the sentence adds to them."""
    found: dict[str, str] = {}
    for match in _FOUND.finditer(message[:_CHARACTERS]):
        if len(match[0]) > _LONGEST:
            continue
        address = _bare(match[0])
        if len(address.partition("//")[2].strip("/.")) > 2:
            found.setdefault(address.partition("#")[0], address)
    return list(found.values())[:most]


def without_addresses(text: str) -> str:
    """The words around them: an address's own letters are no question."""
    return " ".join(_FOUND.sub(" ", text).split())


def _bare(text: str) -> str:
    if text[:4].lower() == "www.":
        text = f"https://{text}"
    while text:
        last = text[-1]
        opening = _PAIRS.get(last)
        # A closing bracket belongs to the address only when its opening one does.
        if last not in _AFTER and (opening is None or text.count(opening) >= text.count(last)):
            break
        text = text[:-1]
    return text
