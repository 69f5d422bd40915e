"""What can be told of a mail without sending it: subject, preview, text, and a sequence of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from domain.lexical import terms
from domain.readability import readability, words

# What phones show of a subject and of the preview beside it, in characters.
SUBJECT: Final = (20, 50)
CUT: Final = 70
PREVIEW: Final = (40, 100)
_SHOUTED: Final = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]")
# Merge fields of the usual senders: {{ first_name }}, *|FNAME|*, %FIRST_NAME%, [First Name].
_FIELD: Final = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\*\|[^|\n]{1,60}\|\*|%[A-Z_]{2,40}%|\[[A-Z][^\[\]\n]{1,30}\](?!\()"
)
_BROKEN_FIELD: Final = re.compile(
    r"\{\{[^{}\n]{0,60}(?:$|\n|\}(?!\}))|(?<!\{)\{(?:first|last|name)[^{}\n]{0,40}\}(?!\})",
    re.IGNORECASE,
)
_DEFAULTED: Final = re.compile(r"\|\s*default|\|\s*fallback|\?\?|:\s*[\"']", re.IGNORECASE)
_LINK: Final = re.compile(
    r"\[([^\[\]\n]{1,200})\]\(([^()\s]{1,2000})\)|(?<![(\w])(https?://[^\s)>\]]{1,2000})"
)
_ANY_LINK: Final = re.compile(r"\[([^\[\]\n]{0,200})\]\(([^()\s]{0,2000})\)")
_NOWHERE: Final = re.compile(
    r"(?:#.*|https?://?|(?:https?://)?(?:www\.)?(?:example\.(?:com|org|net)|localhost|link|url|todo)"
    r"(?:[/:].*)?|javascript:.*|\.\.\.|x+)?",
    re.IGNORECASE,
)
_BUTTON: Final = re.compile(
    r"^(?:>>|→|\[|\*\*)?\s*(?:get|try|start|join|discover|see|read|book|buy|order|shop|save|sign"
    r"|download|reply|call|claim|choose|register|schedule|upgrade|jetzt|hier|buchen|kaufen|bestellen"
    r"|anmelden|herunterladen)\b[^.\n]{0,40}(?:\]|\*\*|→|>>|!)?$",
    re.IGNORECASE | re.MULTILINE,
)
_UNSUBSCRIBE: Final = re.compile(
    r"unsubscribe|opt out|manage preferences|abmelden|abbestellen", re.IGNORECASE
)
# Words that filters and readers take for advertising; alone none of them decides.
SPAM: Final = tuple(
    """
    100% free|act now|amazing deal|apply now|best price|buy now|call now|cash bonus|cheap
    |click here|congratulations|credit card|dear friend|double your|earn money|exclusive deal
    |extra cash|fast cash|free gift|free money|guaranteed|hurry|increase sales|instant access
    |limited time|lowest price|make money|million dollars|miracle|no catch|no cost|no obligation
    |no risk|offer expires|once in a lifetime|one time offer|order now|risk-free|satisfaction
    |special promotion|this is not spam|urgent|while supplies last|winner|you have been selected
    |gratis|jetzt kaufen|gewinnspiel|sonderangebot|nur heute|garantiert|kostenlos|letzte chance
    """.replace("\n", " ").split("|")
)
_SPAM: Final = tuple(
    (phrase, re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE))
    for phrase in (" ".join(word.split()) for word in SPAM)
)
_ALIKE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Mail:
    """`day` counts from the sequence's start, from 0."""

    day: int
    subject: str
    body: str
    preview: str = ""


def spam_words(text: str) -> list[str]:
    low = text.lower()
    return [phrase for phrase, pattern in _SPAM if phrase in low and pattern.search(text)]


def subject_problems(subject: str, preview: str = "") -> list[str]:
    """What to look at, most telling first; empty when nothing is."""
    return [*_length(subject), *_loudness(subject), *_fields(subject), *_preview(subject, preview)]


def personalised(text: str) -> list[str]:
    """Its merge fields as they stand."""
    return [found[0] for found in _FIELD.finditer(text)]


def calls(body: str) -> list[str]:
    """What a reader is asked to do: links by their words and bare addresses, or lines that read
    like buttons where there is no link; the same target once, without unsubscribing."""
    found: dict[str, str] = {}
    for match in _LINK.finditer(body):
        name, target = match[1] or match[3], match[2] or match[3]
        if not _UNSUBSCRIBE.search(f"{name} {target}") and not target.startswith("mailto:"):
            found.setdefault(target.partition("#")[0].partition("?")[0].rstrip("/"), name)
    if found:
        return list(found.values())
    return [match[0].strip() for match in _BUTTON.finditer(body)][:10]


def dead_links(body: str) -> list[str]:
    """Words of links that lead nowhere, or still to a placeholder."""
    found = ((match[1], match[2].strip("<>")) for match in _ANY_LINK.finditer(body))
    return [name or target for name, target in found if _NOWHERE.fullmatch(target)]


def has_unsubscribe(body: str) -> bool:
    return bool(_UNSUBSCRIBE.search(body))


def alike(one: str, other: str) -> float:
    """Share of words in common, from 0 to 1."""
    return _common(set(terms(one)), set(terms(other)))


def repeated_sentences(mails: Sequence[Mail]) -> Iterator[tuple[int, int, str]]:
    """Places of two mails and what both say, in sentences of six words and more."""
    seen: dict[str, int] = {}
    for at, mail in enumerate(mails):
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", mail.body):
            flat = " ".join(words(sentence.casefold()))
            if flat.count(" ") < 5 or _UNSUBSCRIBE.search(flat):
                continue
            if flat in seen and seen[flat] != at:
                yield seen[flat], at, " ".join(sentence.split())
            seen.setdefault(flat, at)


def gaps(mails: Sequence[Mail]) -> list[int]:
    """Days between each two that follow each other."""
    days = [mail.day for mail in mails]
    return [after - before for before, after in pairwise(days)]


def pairs_alike(mails: Sequence[Mail]) -> Iterator[tuple[int, int, float]]:
    """Places of mails whose texts have most words in common."""
    said = [set(terms(mail.body)) for mail in mails]
    for first, second in combinations(range(len(mails)), 2):
        share = _common(said[first], said[second])
        if share >= _ALIKE:
            yield first, second, share


def reading(body: str, language: str) -> str:
    measured = readability(body, language)
    ease = "" if measured.ease is None else f", reading ease {measured.ease}"
    return f"{measured.words} words, {measured.words_per_sentence} a sentence{ease}"


def _common(first: set[str], second: set[str]) -> float:
    return len(first & second) / len(first | second) if first and second else 0.0


def _length(subject: str) -> Iterator[str]:
    # A merge field is read as a name.
    count = len(_FIELD.sub("Someone", subject))
    least, most = SUBJECT
    if count > CUT:
        yield f"{count} characters: most readers see the first {CUT} or fewer"
    elif count > most:
        yield f"{count} characters: phones cut after about {most}"
    elif count < least:
        yield f"{count} characters: room for more, up to about {most}"


def _loudness(subject: str) -> Iterator[str]:
    if shouted := _SHOUTED.findall(_FIELD.sub("", subject)):
        yield f"words in capitals: {', '.join(shouted[:5])}"
    if (marks := subject.count("!")) > 1 or "!!" in subject:
        yield f"{marks} exclamation marks"
    if (emoji := len(_EMOJI.findall(subject))) > 1:
        yield f"{emoji} emojis"
    if found := spam_words(subject):
        yield f"words that read as advertising: {', '.join(found)}"
    if re.match(r"\s*(?:re|fwd?|aw|wg)\s*:", subject, re.IGNORECASE):
        yield "begins as a reply or forward: readers feel deceived, and some laws forbid it"


def _fields(subject: str) -> Iterator[str]:
    if _BROKEN_FIELD.search(subject):
        yield "a merge field is broken: its braces do not pair"
    for name in personalised(subject):
        if not _DEFAULTED.search(name):
            yield f"{name} has no fallback for readers whose data is missing"


def _preview(subject: str, preview: str) -> Iterator[str]:
    if not preview:
        yield "no preview text: inboxes show the mail's first words, often a link to the browser"
        return
    least, most = PREVIEW
    if len(preview) < least:
        yield f"the preview has {len(preview)} characters: inboxes fill up to {least} with the body"
    elif len(preview) > most:
        yield f"the preview has {len(preview)} characters: it is cut after about {most}"
    if alike(subject, preview) >= _ALIKE:
        yield "the preview repeats the subject"
