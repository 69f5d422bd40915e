"""What a person says of a document stands over what its file says of itself."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adapters.store.stored import clean
from domain.parsing.naming import display_title
from domain.ports.knowledge import Metadata
from models.errors import InvalidError

AUTHOR_CHARACTERS = 200
# A person's list, not an index: more tells nobody what a document is about.
MOST_KEYWORDS = 50
KEYWORD_CHARACTERS = 100
_LANGUAGE = re.compile(r"[a-z]{2,3}")

Words = dict[str, Any]


def said(metadata: Metadata | None, title: str = "") -> Words:
    """A person's words, as they are stored. InvalidError("metadata_invalid")."""
    words = metadata or Metadata()
    for problem, wrong in (
        (f"An author has {AUTHOR_CHARACTERS} characters at most.", _long_author(words)),
        (f"{MOST_KEYWORDS} keywords at most.", len(words.keywords) > MOST_KEYWORDS),
        (f"A keyword has {KEYWORD_CHARACTERS} characters at most.", _long_keyword(words)),
        ("A language is a code of two letters.", _unknown_language(words)),
    ):
        if wrong:
            raise InvalidError(problem, code="metadata_invalid")
    return found(words, title)


def found(metadata: Metadata | None, title: str) -> Words:
    """A file's words, as they are stored: cut where they are too long, left out where they are
    no words at all. Files say anything."""
    words = metadata or Metadata()
    stored = {
        "title": clean(display_title(title, "")) if title.strip() else "",
        "author": clean(words.author or "").strip()[:AUTHOR_CHARACTERS],
        "language": _language(words.language),
        "published_on": words.published_on and words.published_on.isoformat(),
        "keywords": _keywords(words.keywords),
    }
    return {name: value for name, value in stored.items() if value}


def effective(
    name: str, person: Mapping[str, Any], file: Mapping[str, Any]
) -> tuple[str, str | None, str | None, date | None, list[str]]:
    """Title, author, language, date and keywords of a document."""
    words = {**file, **person}
    day = words.get("published_on")
    return (
        words.get("title") or display_title("", name),
        words.get("author"),
        words.get("language"),
        date.fromisoformat(day) if day else None,
        list(words.get("keywords", ())),
    )


def _long_author(words: Metadata) -> bool:
    return len(words.author or "") > AUTHOR_CHARACTERS


def _long_keyword(words: Metadata) -> bool:
    return any(len(keyword) > KEYWORD_CHARACTERS for keyword in words.keywords)


def _unknown_language(words: Metadata) -> bool:
    return bool(words.language) and not _language(words.language)


def _language(text: str | None) -> str | None:
    """`en` of `en-GB`."""
    code = re.split(r"[-_]", (text or "").strip().lower(), maxsplit=1)[0]
    return code if _LANGUAGE.fullmatch(code) else None


def _keywords(keywords: Sequence[str]) -> list[str]:
    """Each once, whatever its case."""
    once: dict[str, str] = {}
    for keyword in keywords:
        text = clean(keyword).strip()[:KEYWORD_CHARACTERS]
        if text:
            once.setdefault(text.casefold(), text)
    return list(once.values())[:MOST_KEYWORDS]
