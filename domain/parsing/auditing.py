"""Measure a page. Run it in a child: pages are hostile."""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from trafilatura import extract

from domain.page_audit import Heading, Images, Links, PageAudit
from domain.readability import readability, words

# Each list is cut here; its count is whole.
MOST_SHOWN: Final = 60
TEXT_CHARACTERS: Final = 60_000
_LINE: Final = 300
_LEVELS: Final = {f"h{level}": level for level in range(1, 7)}
_EMPTY_LINKS: Final = ("#", "javascript:", "mailto:", "tel:", "data:")
_MOST_SCRIPTS: Final = 20
_SCRIPT_CHARACTERS: Final = 100_000


def audit(html: str, url: str = "", *, language: str | None = None) -> PageAudit:
    """`language` is that of the text where it is known; else what the page says of itself."""
    soup = BeautifulSoup(html, "html.parser")
    main = extract(html, url=url or None, include_comments=False, favor_recall=True) or ""
    schemas = tuple(dict.fromkeys(_schemas(soup)))[:MOST_SHOWN]
    for tag in soup.find_all(["script", "style", "noscript", "template"]):
        tag.decompose()
    first = soup.find("html")
    said = _line(first.get("lang") if isinstance(first, Tag) else "")[:2].lower()
    text = (main or soup.get_text(" ", strip=True))[:TEXT_CHARACTERS]
    paragraphs = [len(words(part)) for part in text.split("\n") if part.strip()]
    return PageAudit(
        url=url,
        title=_line(soup.title.get_text(" ", strip=True) if soup.title else ""),
        description=_meta(soup, "description"),
        canonical=_href(soup, "canonical", url),
        robots=_meta(soup, "robots"),
        language=language or said,
        headings=tuple(_headings(soup))[:MOST_SHOWN],
        links=_links(soup, url),
        images=_images(soup),
        paragraphs=len(paragraphs),
        longest_paragraph=max(paragraphs, default=0),
        lists=len(soup.find_all(["ul", "ol"])),
        tables=len(soup.find_all("table")),
        social=_social(soup),
        schemas=schemas,
        viewport=bool(_meta(soup, "viewport")),
        text=text,
        readability=readability(text, language or said or "en"),
    )


def _line(value: object, most: int = _LINE) -> str:
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def _meta(soup: BeautifulSoup, name: str) -> str:
    for tag in soup.find_all("meta", attrs={"name": True}):
        if _line(tag.get("name")).lower() == name:
            return _line(tag.get("content"), 600)
    return ""


def _href(soup: BeautifulSoup, relation: str, url: str) -> str:
    tag = soup.find("link", rel=relation)
    found = _line(tag.get("href"), 2_000) if isinstance(tag, Tag) else ""
    return _joined(url, found) if found else ""


def _joined(url: str, found: str) -> str:
    try:
        return urljoin(url, found)
    except ValueError:
        return ""


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _headings(soup: BeautifulSoup) -> Iterator[Heading]:
    for tag in soup.find_all(list(_LEVELS)):
        yield Heading(_LEVELS[tag.name], _line(tag.get_text(" ", strip=True)))


def _links(soup: BeautifulSoup, url: str) -> Links:
    own, inside, outside, nofollow, silent = _host(url), 0, 0, 0, 0
    hosts: dict[str, None] = {}
    for tag in soup.find_all("a", href=True):
        target = _line(tag.get("href"), 2_000)
        if not target or target.lower().startswith(_EMPTY_LINKS):
            continue
        host = _host(_joined(url, target))
        if host and host != own:
            outside += 1
            hosts[host] = None
        else:
            inside += 1
        nofollow += "nofollow" in (tag.get("rel") or [])
        silent += not (
            tag.get_text(strip=True) or tag.get("aria-label") or tag.find("img", alt=True)
        )
    return Links(inside, outside, nofollow, silent, tuple(hosts)[:MOST_SHOWN])


def _images(soup: BeautifulSoup) -> Images:
    found = soup.find_all("img")
    bare = [tag for tag in found if tag.get("alt") is None]
    shown = [_line(tag.get("src"), 200) for tag in bare[:20]]
    return Images(len(found), len(bare), tuple(filter(None, shown)))


def _social(soup: BeautifulSoup) -> tuple[str, ...]:
    found = (
        _line(tag.get("property") or tag.get("name"), 60).lower() for tag in soup.find_all("meta")
    )
    return tuple(dict.fromkeys(name for name in found if name.startswith(("og:", "twitter:"))))[
        :MOST_SHOWN
    ]


def _schemas(soup: BeautifulSoup) -> Iterator[str]:
    for script in soup.find_all("script", type="application/ld+json", limit=_MOST_SCRIPTS):
        try:
            found: Any = json.loads(script.get_text()[:_SCRIPT_CHARACTERS])
        except (ValueError, RecursionError):
            yield "(invalid JSON-LD)"
            continue
        graph = found.get("@graph", found) if isinstance(found, dict) else found
        for entry in (graph if isinstance(graph, list) else [graph])[:MOST_SHOWN]:
            kind = entry.get("@type") if isinstance(entry, dict) else None
            for name in kind if isinstance(kind, list) else [kind]:
                if isinstance(name, str):
                    yield _line(name, 60)
