"""Who ranks for a query, with what kind of page, and what a page of ours lacks beside them."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Annotated, Final

from pydantic import Field

from domain.lexical import terms
from domain.page_audit import PageAudit
from domain.phrases import Phrase, shared
from domain.ports.citing import Citings
from domain.ports.page_audits import PageAudits
from domain.ports.web_search import SearchPage, WebResult
from domain.prompting import blocks
from domain.search_intent import has_number, has_year, intent, majority, page_kind
from domain.tools.cited import Searches, cited, host, result_passage, shown
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from domain.tools.web import SEARCH_COST, Country, Language, Query
from models.errors import AppError
from models.payloads.scope import Scope

_RESULTS: Final = 10
# Pages that are opened: each costs a fetch and a child for a second.
MOST_OPENED: Final = 5
_AT_ONCE: Final = 3
# All of them then fit the tool's own limit.
_PAGE_SECONDS: Final = 15.0
_TIMEOUT: Final = timedelta(seconds=60)
_MOST_GAPS: Final = 15
# Beyond so many characters Google cuts a title in its lists.
_TITLE: Final = 60


@dataclass(frozen=True, slots=True)
class _Opened:
    """`audit` is None where the page could not be read; `code` says why."""

    url: str
    audit: PageAudit | None
    code: str = ""


def serp_tool(searches: Searches, audits: PageAudits, citings: Citings) -> Tool:
    async def serp_analysis(
        context: ToolContext,
        query: Query,
        our_url: Annotated[str, Field(max_length=2_000)] = "",
        language: Language = "",
        country: Country = "",
        open_pages: Annotated[int, Field(ge=0, le=MOST_OPENED)] = 3,
    ) -> str:
        """Analyse the search results for a query: who ranks, with what kinds of pages and titles,
        for which intent, and what the first pages have that a page of ours lacks. Cite results by
        their marks, like [7].

        Args:
            query: The search query.
            our_url: The address of our own page to compare; empty for none.
            language: Two letters, such as `en`; empty for any.
            country: Two letters, such as `US`; empty for any.
            open_pages: How many of the first results to open and measure.
        """
        page = await searches.page(
            context, query, limit=_RESULTS, language=language, country=country
        )
        others = [one for one in page.results if _bare(one.url) != _bare(our_url)][:open_pages]
        addresses = [result.url for result in others] + ([our_url] if our_url else [])
        opened = await _opened(audits, context.turn.scope, addresses)
        ours = opened.pop() if our_url else None
        kept = await cited(
            context,
            citings,
            [result_passage(context.turn.scope, result) for result in page.results],
        )
        gaps = await asyncio.to_thread(_gaps, opened, ours)
        parts = [_head(page), blocks(kept), _titles(page.results), _pages(opened), gaps]
        if our_url:
            parts.insert(1, _place(page, our_url))
        return "\n\n".join(filter(None, parts))

    return tool(
        serp_analysis,
        effect=Effect.READ,
        reach=Reach.WEB,
        timeout=_TIMEOUT,
        cost=f"one search: {SEARCH_COST}",
    )


async def _opened(audits: PageAudits, scope: Scope, addresses: Sequence[str]) -> list[_Opened]:
    """In their order. One that cannot be read is told of, and takes nothing from the others."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(address: str) -> _Opened:
        async with places:
            try:
                async with asyncio.timeout(_PAGE_SECONDS):
                    return _Opened(address, (await audits.of_page(scope, address)).audit)
            except TimeoutError:
                return _Opened(address, None, "page_timeout")
            except AppError as error:
                return _Opened(address, None, error.code)

    return list(await asyncio.gather(*map(one, addresses)))


def _head(page: SearchPage) -> str:
    if not page.results:
        return f"{page.provider} finds nothing for: {shown(page.query, 400)}"
    kind, word = intent(page.query)
    because = f" (the query says “{shown(word)}”)" if word else " (no word of the query says so)"
    kinds = majority(page_kind(result.title, result.url) for result in page.results)
    sites = majority(host(result.url) for result in page.results)
    twice = ", ".join(f"{shown(site)} ({count})" for site, count in sites if count > 1)
    when = f" on {page.fetched_at:%Y-%m-%d %H:%M} UTC" if page.fetched_at else ""
    lines = [
        f"Results of {page.provider}{when} for: {shown(page.query, 400)}"
        + (" (from the cache)" if page.cached else ""),
        f"Intent by its words: {kind}{because}.",
        "Kinds of pages, by title and address: "
        + ", ".join(f"{name} {count}" for name, count in kinds)
        + f", of {len(page.results)}.",
        f"Sites with more than one result: {twice or 'none'}.",
        f"Also on the page: {', '.join(page.features) or 'nothing that the provider tells of'}.",
    ]
    if page.questions:
        lines.append(f"People also ask: {shown('; '.join(page.questions[:8]), 800)}")
    if page.related:
        lines.append(f"Related searches: {shown('; '.join(page.related[:8]), 800)}")
    return "\n".join(lines)


def _bare(url: str) -> str:
    """The same for addresses that nearly always lead to one page."""
    rest = url.partition("://")[2] or url
    return rest.partition("#")[0].rstrip("/").removeprefix("www.").lower()


def _place(page: SearchPage, url: str) -> str:
    own = host(url)
    places = [result.position for result in page.results if host(result.url) == own]
    if not places:
        return f"{shown(own)} is not among these {len(page.results)} results."
    return f"{shown(own)} stands at place {', '.join(map(str, places))}."


def _titles(results: Sequence[WebResult]) -> str:
    titles = [result.title for result in results if result.title]
    if not titles:
        return ""
    lengths = sorted(map(len, titles))
    counts = {
        "with a number": sum(map(has_number, titles)),
        "with a year": sum(map(has_year, titles)),
        "as a question": sum("?" in title for title in titles),
        "with a site's name after a bar or dash": sum(
            bool(re.search(r"\s[|–—-]\s", title)) for title in titles
        ),
        f"longer than {_TITLE} characters": sum(length > _TITLE for length in lengths),
    }
    words = majority(term for title in titles for term in set(terms(title)))
    often = ", ".join(f"{shown(word)} ({count})" for word, count in words[:10] if count > 1)
    return (
        f"Titles: {lengths[0]} to {lengths[-1]} characters, median {median(lengths):.0f}; "
        + ", ".join(f"{count} {name}" for name, count in counts.items())
        + f".\nWords that titles share (stems): {often or 'none'}."
    )


def _pages(opened: Sequence[_Opened]) -> str:
    if not opened:
        return ""
    lines = ["Pages that were opened (h2: its headings of the second level):"]
    for page in opened:
        address = shown(page.url, 300)
        if page.audit is None:
            lines.append(f"- {address}: not read ({page.code})")
            continue
        audit = page.audit
        second = [heading.text for heading in audit.headings if heading.level == 2]
        ease = audit.readability.ease
        lines.append(
            f"- {address}: {audit.readability.words} words"
            + (f", reading ease {ease}" if ease is not None else "")
            + f", {audit.images.total} images, schemas: "
            + f"{shown(', '.join(audit.schemas)) or 'none'}; h2: "
            + (shown("; ".join(second[:12]), 600) or "none")
        )
    return "\n".join(lines)


def _gaps(opened: Sequence[_Opened], ours: _Opened | None) -> str:
    """What at least two of the others have in headings or text, and ours has not."""
    if ours is None:
        return ""
    if ours.audit is None:
        return f"Our page could not be read ({ours.code}): nothing is compared."
    others = [page for page in opened if page.audit is not None]
    if len(others) < 2:
        return "Fewer than two other pages could be read: no gaps are named."
    have = f" {_flat(ours.audit)} "
    stems = set(terms(have))
    missing = [phrase for phrase in _topics(others) if not set(terms(phrase.text)) <= stems]
    counts = [page.audit.readability.words for page in others if page.audit]
    lines = [
        f"Ours has {ours.audit.readability.words} words; others {min(counts)} to {max(counts)}.",
        "What at least two of the others speak of and our page has no words for:",
        *(
            f"- {shown(phrase.text)} ({len(phrase.owners)} pages)"
            for phrase in missing[:_MOST_GAPS]
        ),
    ]
    return "\n".join(lines if missing else [lines[0], "No topic that they share is missing."])


def _topics(others: Sequence[_Opened]) -> list[Phrase]:
    pairs = [(page.url, _flat(page.audit)) for page in others if page.audit]
    return shared(pairs)


def _flat(audit: PageAudit) -> str:
    """Headings first: what is cut is the end of a long text."""
    headings = "\n".join(heading.text for heading in audit.headings)
    return f"{audit.title}\n{headings}\n{audit.text}"
