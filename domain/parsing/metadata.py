"""What a file says about itself, cleaned and bounded."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from domain.parsing.naming import showable
from domain.ports.knowledge import Metadata

_AUTHOR_CHARACTERS = 200
_KEYWORD_CHARACTERS = 64
_KEYWORDS = 32
# What programs write when nobody told them.
_NOBODY = frozenset({"python-docx", "openpyxl", "un-named", "unknown", "user", "admin", "author"})
_ISO_DATE = re.compile(r"(\d{4})(?:[-/.:](\d{1,2})(?:[-/.:](\d{1,2}))?)?")
_PDF_DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")
# Before files had dates there were none; a clock that was never set says 1970 or 1980.
_FIRST_YEAR = 1981
_SEPARATOR = re.compile(r"[,;\n|]+")


def metadata(
    *,
    author: object = None,
    language: object = None,
    published: Iterable[object] = (),
    keywords: object = (),
) -> Metadata:
    """From whatever a format says; `published` are candidates, best first. What cannot be
    understood is left out: metadata never fails a document."""
    return Metadata(
        author=_author(author),
        language=_language(language),
        published_on=next(filter(None, map(date_of, published)), None),
        keywords=_keywords(keywords),
    )


def metadata_of(fields: Mapping[str, Any]) -> Metadata:
    """Back from JSON."""
    day = fields["published_on"]
    return Metadata(
        author=fields["author"],
        language=fields["language"],
        published_on=date.fromisoformat(day) if day else None,
        keywords=tuple(fields["keywords"]),
    )


def merge(first: Metadata, second: Metadata) -> Metadata:
    """The first's, and where it says nothing the second's."""
    return Metadata(
        author=first.author or second.author,
        language=first.language or second.language,
        published_on=first.published_on or second.published_on,
        keywords=first.keywords or second.keywords,
    )


def date_of(value: object) -> date | None:
    """A day, from a date, an ISO, PDF, EXIF or e-mail date; None for anything else."""
    if isinstance(value, datetime):
        return _sensible(value.date())
    if isinstance(value, date):
        return _sensible(value)
    text = str(value or "").strip()[:100]
    found = _PDF_DATE.match(text) or _ISO_DATE.match(text)
    try:
        if found:
            year, month, day = (int(part or 1) for part in found.groups())
            return _sensible(date(year, month, day))
        return _sensible(parsedate_to_datetime(text).date()) if text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _sensible(day: date) -> date | None:
    return day if day.year >= _FIRST_YEAR else None


def _author(value: object) -> str | None:
    if isinstance(value, list | tuple):
        value = "; ".join(str(one) for one in value[:10])
    cleaned = showable(str(value or "")[:1_000])[:_AUTHOR_CHARACTERS]
    return cleaned if cleaned and cleaned.lower() not in _NOBODY else None


def _language(value: object) -> str | None:
    """`de-AT` is German; what is no two letters is nothing."""
    primary = re.split(r"[-_]", str(value or "").strip().lower())[0]
    return primary if len(primary) == 2 and primary.isascii() and primary.isalpha() else None


def _keywords(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list | tuple) else _SEPARATOR.split(str(value or "")[:4_000])
    cleaned = (showable(str(part)[:500]).strip("#\"' ")[:_KEYWORD_CHARACTERS] for part in parts)
    return tuple(dict.fromkeys(word for word in cleaned if word))[:_KEYWORDS]
