"""What an editor should look at on a page: each finding with the figure that it rests on."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.lexical import terms
from domain.page_audit import PageAudit
from domain.readability import words

# What result pages show before they cut, in characters.
TITLE: Final = (30, 60)
DESCRIPTION: Final = (70, 160)
_LEAST_WORDS: Final = 300
_LONGEST_PARAGRAPH: Final = 150
_LONG_SENTENCES: Final = 20.0
_LEAST_EASE: Final = 50.0
_HEAVY: Final = 1024 * 1024
# Beyond this share a word reads as stuffed.
_STUFFED: Final = 0.03


class Weight(StrEnum):
    PROBLEM = "problem"
    HINT = "hint"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Finding:
    weight: Weight
    text: str


def findings(audit: PageAudit, *, size: int, page: bool, keyword: str = "") -> list[Finding]:
    """Problems first. `page` says that it is a published page: a text alone has no head."""
    found = list(_prose(audit)) + list(_headings(audit, page=page)) + list(_pictures(audit))
    if page:
        found += [*_head(audit), *_links(audit), *_machine(audit, size)]
    if keyword.strip():
        found += list(_keyword(audit, keyword, page=page))
    order = list(Weight)
    return sorted(found, key=lambda finding: order.index(finding.weight))


def _head(audit: PageAudit) -> Iterator[Finding]:
    yield _length("The title", audit.title, TITLE)
    yield _length("The meta description", audit.description, DESCRIPTION)
    if "noindex" in audit.robots.lower():
        yield Finding(Weight.PROBLEM, "The page asks search engines not to list it (noindex).")
    if not audit.canonical:
        yield Finding(Weight.HINT, "It names no canonical address.")
    elif audit.canonical.rstrip("/") != audit.url.rstrip("/"):
        yield Finding(Weight.HINT, "Its canonical address is another one.")


def _length(name: str, text: str, limits: tuple[int, int]) -> Finding:
    least, most = limits
    if not text:
        return Finding(Weight.PROBLEM, f"{name} is missing.")
    count = len(text)
    if count > most:
        return Finding(Weight.HINT, f"{name} has {count} characters: it may be cut after {most}.")
    if count < least:
        return Finding(Weight.HINT, f"{name} has {count} characters: there is room up to {most}.")
    return Finding(Weight.GOOD, f"{name} has {count} characters.")


def _headings(audit: PageAudit, *, page: bool) -> Iterator[Finding]:
    levels = [heading.level for heading in audit.headings]
    first = levels.count(1)
    if first == 0 and (page or levels):
        yield Finding(Weight.PROBLEM, "There is no heading of the first level (h1).")
    elif first > 1:
        yield Finding(Weight.HINT, f"There are {first} headings of the first level (h1).")
    elif first:
        yield Finding(Weight.GOOD, "There is one heading of the first level (h1).")
    skipped = [
        f"h{above} to h{below}" for above, below in itertools.pairwise(levels) if below > above + 1
    ]
    if skipped:
        yield Finding(Weight.HINT, f"Levels of headings are skipped: {', '.join(skipped[:5])}.")
    if empty := sum(not heading.text for heading in audit.headings):
        yield Finding(Weight.HINT, f"{empty} headings are empty.")
    if audit.readability.words > 2 * _LEAST_WORDS and len(levels) < 2:
        yield Finding(Weight.HINT, "A long text has no headings to find one's way by.")


def _prose(audit: PageAudit) -> Iterator[Finding]:
    read = audit.readability
    if read.words < _LEAST_WORDS:
        yield Finding(Weight.HINT, f"The main text has {read.words} words: that is little.")
    if read.words_per_sentence > _LONG_SENTENCES:
        yield Finding(Weight.HINT, f"Sentences have {read.words_per_sentence} words on average.")
    if read.words >= 100 and read.ease is not None and read.ease < _LEAST_EASE:
        yield Finding(Weight.HINT, f"Reading ease is {read.ease}: hard (60 and more is plain).")
    if audit.longest_paragraph > _LONGEST_PARAGRAPH:
        yield Finding(Weight.HINT, f"The longest paragraph has {audit.longest_paragraph} words.")


def _pictures(audit: PageAudit) -> Iterator[Finding]:
    images = audit.images
    if images.without_alt:
        yield Finding(
            Weight.PROBLEM, f"{images.without_alt} of {images.total} images have no alt text."
        )
    elif images.total:
        yield Finding(Weight.GOOD, f"All {images.total} images have an alt attribute.")


def _links(audit: PageAudit) -> Iterator[Finding]:
    links = audit.links
    if not links.inside:
        yield Finding(Weight.HINT, "It links to no other page of its site.")
    if links.without_text:
        yield Finding(Weight.HINT, f"{links.without_text} links have no text.")


def _machine(audit: PageAudit, size: int) -> Iterator[Finding]:
    if not audit.viewport:
        yield Finding(Weight.PROBLEM, "It has no viewport: phones show it small.")
    if not audit.language:
        yield Finding(Weight.HINT, "It does not say its language.")
    if not audit.schemas:
        yield Finding(Weight.HINT, "It has no structured data (JSON-LD).")
    elif "(invalid JSON-LD)" in audit.schemas:
        yield Finding(Weight.PROBLEM, "Some of its structured data cannot be read.")
    if "og:title" not in audit.social:
        yield Finding(Weight.HINT, "It has no Open Graph title for shared links.")
    if size > _HEAVY:
        yield Finding(Weight.HINT, f"Its HTML alone has {size / _HEAVY:.1f} MB.")


def _keyword(audit: PageAudit, keyword: str, *, page: bool) -> Iterator[Finding]:
    wanted = set(terms(keyword))
    if not wanted:
        return
    first = " ".join(words(audit.text)[:100])
    heading = " ".join(item.text for item in audit.headings if item.level == 1)
    places = {"the first heading": heading, "the first 100 words": first}
    if page:
        places = {"the title": audit.title, "the description": audit.description} | places
    for name, text in places.items():
        there = wanted <= set(terms(text))
        weight = Weight.GOOD if there else Weight.HINT
        yield Finding(weight, f"The keyword {'stands' if there else 'does not stand'} in {name}.")
    yield _density(audit, keyword)


def _density(audit: PageAudit, keyword: str) -> Finding:
    text, wanted = words(audit.text.casefold()), words(keyword.casefold())
    times = sum(text[at : at + len(wanted)] == wanted for at in range(len(text)))
    share = times * len(wanted) / max(1, audit.readability.words)
    said = f"The keyword stands {times} times in {audit.readability.words} words ({share:.1%})."
    stuffed = share > _STUFFED and times > 3
    return Finding(Weight.HINT if stuffed or not times else Weight.GOOD, said)
