"""The rules that a style guide states in so many words: what can be checked without a model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_MOST_CHARACTERS: Final = 60_000
_MOST_WORDS: Final = 200
_SHORT: Final = 60

_QUOTED: Final = re.compile(
    r"[\"“„«]([^\"“”„«»\n]{1,60})[\"”“»]|(?<!\w)['‘]([^'‘’\n]{2,60})['’](?!\w)"
)
_INSTEAD: Final = re.compile(
    r"\b(?:use|say|write|prefer|sagen wir|schreiben wir|statt)\b(?P<first>[^.\n]{1,80}?)"
    r"\b(?:instead of|rather than|not|over|never|anstatt|statt|nicht)\b(?P<second>[^.\n]{1,80})",
    re.IGNORECASE,
)
_BANNED: Final = re.compile(
    r"\b(?:avoid|never (?:use|say|write)|do(?: not|n['’]t) (?:use|say|write)|banned(?: words)?"
    r"|forbidden(?: words)?|words to avoid|no-go(?: words)?|vermeide[nt]?|nie(?:mals)? verwenden"
    r"|verbotene wörter)\b(?: (?:the )?(?:words?|phrases?|terms?)(?: like| such as)?)?\s*:?"
    r"(?P<rest>[^.\n]{1,400})",
    re.IGNORECASE,
)
_PREFERRED: Final = re.compile(
    r"\b(?:preferred(?: words| terms)?|prefer|words we (?:use|like|love)|we say|always (?:use|say)"
    r"|bevorzug\w*|wir sagen)\b\s*:?(?P<rest>[^.\n]{1,400})",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(
    r"sentences?\b[^.\n]{0,60}?\b(?:under|below|at most|max(?:imum)?(?: of)?|up to"
    r"|no (?:more|longer) than|fewer than|less than)\s+(\d{1,2})\s*words",
    re.IGNORECASE,
)
_NO_EXCLAMATION: Final = re.compile(
    r"\b(?:no|never|avoid|without|keine)\b[^.\n]{0,40}\bexclamation|\bkeine ausrufezeichen",
    re.IGNORECASE,
)
_NO_EMOJI: Final = re.compile(
    r"\b(?:no|never|avoid|without|keine)\b[^.\n]{0,30}\bemojis?\b", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"\b(?:address|speak to|talk to|call)\b[^.\n]{0,40}\b(?:reader|customer|them)s?\b[^.\n]{0,20}"
    r"[\"“]?you\b|\bsecond person\b",
    re.IGNORECASE,
)
_CONTRACTIONS: Final = re.compile(
    r"(?P<no>\b(?:no|never|avoid|without|don['’]t use)\b[^.\n]{0,30})?\bcontractions?\b",
    re.IGNORECASE,
)
_TONE: Final = re.compile(
    r"\b(?P<no>not |never |isn['’]t |nicht )?(?P<word>formal|informal|casual|conversational"
    r"|friendly|playful|locker|förmlich)\b",
    re.IGNORECASE,
)
_FORMAL: Final = frozenset({"formal", "förmlich"})


@dataclass(frozen=True, slots=True)
class StyleRules:
    """What is not stated is None or empty."""

    banned: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    replaced: dict[str, str] = field(default_factory=dict)
    """What to write instead of what."""
    sentence_words: int | None = None
    """At most."""
    exclamations: bool | None = None
    emoji: bool | None = None
    contractions: bool | None = None
    second_person: bool | None = None
    formal: bool | None = None

    @property
    def stated(self) -> bool:
        return self != StyleRules()


def style_rules(guide: str) -> StyleRules:
    """By patterns, English and some German: a rule that is told in another way is for the model
    to read."""
    guide = guide[:_MOST_CHARACTERS]
    replaced = dict(_replaced(guide))
    banned = [*_listed(guide, _BANNED), *replaced]
    preferred = [*_listed(guide, _PREFERRED), *replaced.values()]
    longest = _SENTENCE.search(guide)
    return StyleRules(
        banned=tuple(dict.fromkeys(banned))[:_MOST_WORDS],
        preferred=tuple(word for word in dict.fromkeys(preferred) if word not in banned)[
            :_MOST_WORDS
        ],
        replaced=replaced,
        sentence_words=int(longest[1]) if longest else None,
        exclamations=False if _NO_EXCLAMATION.search(guide) else None,
        emoji=False if _NO_EMOJI.search(guide) else None,
        contractions=_contractions(guide),
        second_person=True if _ADDRESS.search(guide) else None,
        formal=_formal(guide),
    )


def occurrences(text: str, word: str) -> list[int]:
    """Where the word or phrase stands, case apart; not inside another word."""
    pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    return [found.start() for found in re.finditer(pattern, text, re.IGNORECASE)]


def _replaced(guide: str) -> Iterator[tuple[str, str]]:
    for found in _INSTEAD.finditer(guide):
        wanted, unwanted = _first_quoted(found["first"]), _first_quoted(found["second"])
        if wanted and unwanted:
            yield unwanted.casefold(), wanted


def _first_quoted(text: str) -> str:
    found = _QUOTED.search(text)
    return (found[1] or found[2]).strip() if found else ""


def _listed(guide: str, pattern: re.Pattern[str]) -> Iterator[str]:
    for found in pattern.finditer(guide):
        if _INSTEAD.match(guide, found.start()):
            continue
        rest = found["rest"]
        quoted = [(one or other).strip() for one, other in _QUOTED.findall(rest)]
        # Without quotes only a list after a colon is a list of words.
        plain = rest.split(",") if not quoted and guide[found.start("rest") - 1] == ":" else []
        for word in quoted or plain:
            bare = word.strip(" \t*_`'\"").removeprefix("and ").removeprefix("or ").casefold()
            if 1 < len(bare) <= _SHORT and len(bare.split()) <= 4:
                yield bare


def _contractions(guide: str) -> bool | None:
    found = _CONTRACTIONS.search(guide)
    return None if found is None else not found["no"]


def _formal(guide: str) -> bool | None:
    """None also where the guide says both."""
    said = {
        (found["word"].lower() in _FORMAL) != bool(found["no"]) for found in _TONE.finditer(guide)
    }
    return said.pop() if len(said) == 1 else None
