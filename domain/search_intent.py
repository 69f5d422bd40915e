"""What whoever searches is after, by the words they use: rules, so that the reason can be told."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

# In the order in which they decide: who wants to buy now says so beside "best".
_RULES: Final = {
    "transactional": (
        r"buy|order|shop|price|prices|pricing|cheap|discount|coupon|deal|deals|sale|for sale|free"
        r" trial|download|quote|hire|book|subscribe|near me|kaufen|bestellen|preis|preise|günstig"
        r"|rabatt|angebot|buchen|mieten"
    ),
    "commercial": (
        r"best|top|review|reviews|vs|versus|compare|compared|comparison|alternative|alternatives"
        r"|cheapest|which|rated|recommended|test|vergleich|beste|bester|bestes|testsieger"
        r"|erfahrungen|empfehlung|alternativen"
    ),
    "navigational": r"login|log in|sign in|contact|support|official|website|app|anmelden|kontakt",
    "informational": (
        r"how|what|why|when|who|where|guide|tutorial|tips|ideas|examples|meaning|definition|is|are"
        r"|can|does|do|should|wie|was|warum|wann|wer|wo|anleitung|tipps|ideen|beispiele|bedeutung"
    ),
}
_COMPILED: Final = {
    kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for kind, words in _RULES.items()
}
_LISTED: Final = re.compile(r"(?<!\w)(?:top\s+)?\d{1,3}\s+(?:\w+\s+){0,3}\w+", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?<!\d)20[1-4]\d(?!\d)")


def intent(query: str) -> tuple[str, str]:
    """Informational, commercial, transactional or navigational, and the word that says so; the
    word is empty where none does."""
    for kind, pattern in _COMPILED.items():
        if found := pattern.search(query):
            return kind, found[0].lower()
    return "informational", ""


def page_kind(title: str, url: str) -> str:
    """list, comparison, how-to, question, product, home or article, by title and address."""
    low, path = title.lower(), url.partition("//")[2].partition("/")[2].lower()
    if not path.strip("/"):
        return "home"
    rules = {
        "comparison": r"(?<!\w)(?:vs\.?|versus|compared|comparison|vergleich)(?!\w)",
        "how-to": r"(?<!\w)(?:how to|guide|tutorial|step by step|anleitung|so geht)(?!\w)",
        "question": r"\?|^(?:what|why|when|who|was|warum|wann|wer)(?!\w)",
    }
    for kind, pattern in rules.items():
        if re.search(pattern, low):
            return kind
    without_year = _YEAR.sub("", title)
    if re.search(r"(?<!\w)(?:best|top|beste[nrs]?)(?!\w)", low) or _LISTED.match(without_year):
        return "list"
    if re.search(r"(?:^|/)(?:product|products|shop|store|p|dp|item|collections?|category)/", path):
        return "product"
    return "article"


def majority(kinds: Iterable[str]) -> list[tuple[str, int]]:
    """Most frequent first; equal ones by name."""
    return sorted(Counter(kinds).items(), key=lambda item: (-item[1], item[0]))


def has_year(text: str) -> bool:
    return bool(_YEAR.search(text))


def has_number(text: str) -> bool:
    return bool(re.search(r"\d", _YEAR.sub("", text)))
