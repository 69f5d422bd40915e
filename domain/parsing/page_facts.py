"""What a web page says about itself: title, author, dates, keywords, language."""

import json
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, Tag

from domain.parsing.metadata import metadata
from domain.ports.knowledge import Metadata

_AUTHOR = ("author", "article:author", "dc.creator", "parsely-author", "byl", "twitter:creator")
_PUBLISHED = (
    *("article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "pubdate"),
    *("article:modified_time", "last-modified", "og:updated_time"),
)
_KEYWORDS = ("keywords", "news_keywords", "article:tag", "parsely-tags")
_MOST_SCRIPTS = 20
_SCRIPT_CHARACTERS = 200_000


def title(soup: BeautifulSoup) -> str:
    social = soup.find("meta", property="og:title")
    if isinstance(social, Tag) and social.get("content"):
        return str(social["content"])
    return soup.title.get_text(" ", strip=True) if soup.title else ""


def facts(soup: BeautifulSoup) -> Metadata:
    said: dict[str, list[str]] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("name") or tag.get("property") or tag.get("itemprop") or "").lower()
        if name and tag.get("content"):
            said.setdefault(name, []).append(str(tag["content"]))
    linked = list(_linked(soup))
    times = [tag.get("datetime") for tag in soup.find_all("time", limit=20)]
    first = soup.find("html")
    return metadata(
        author=_first(said, _AUTHOR) or next(filter(None, map(_writer, linked)), None),
        language=first.get("lang") if isinstance(first, Tag) else None,
        published=[
            *(entry.get("datePublished") for entry in linked),
            *(value for name in _PUBLISHED for value in said.get(name, ())),
            *(entry.get("dateModified") for entry in linked),
            *times,
        ],
        keywords=_keywords(said),
    )


def _first(said: dict[str, list[str]], names: tuple[str, ...]) -> str | None:
    values = (value for name in names for value in said.get(name, ()))
    # An author's page is no name.
    return next((value for value in values if not value.startswith("http")), None)


def _keywords(said: dict[str, list[str]]) -> list[str]:
    values = [value for name in _KEYWORDS for value in said.get(name, ())]
    return [word for value in values for word in value.split(",")]


def _linked(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    """Its JSON-LD, one level of it."""
    for script in soup.find_all("script", type="application/ld+json", limit=_MOST_SCRIPTS):
        try:
            found = json.loads(script.get_text()[:_SCRIPT_CHARACTERS])
        except (ValueError, RecursionError):
            continue
        graph = found.get("@graph", found) if isinstance(found, dict) else found
        for entry in graph if isinstance(graph, list) else [graph]:
            if isinstance(entry, dict):
                yield entry


def _writer(entry: dict[str, Any]) -> str | None:
    author = entry.get("author")
    if isinstance(author, list):
        author = author[0] if author else None
    if isinstance(author, dict):
        author = author.get("name")
    return author if isinstance(author, str) else None
