"""Which words people search with, from what a search provider and the space's documents show."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from domain.lexical import terms
from domain.phrases import shared
from domain.ports.citing import Citings
from domain.ports.search import Finder
from domain.ports.transcript import Passage
from domain.ports.web_search import SearchPage
from domain.prompting import blocks
from domain.search_intent import intent
from domain.tools.cited import Searches, cited, host, marked, result_passage, shown
from domain.tools.search import looked_up
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from domain.tools.web import SEARCH_COST, Country, Language
from models.errors import AppError, LimitError

# The topic, and the searches that stand nearest to it: each may cost money.
MOST_SEARCHES: Final = 4
_RESULTS: Final = 10
_OWN_PASSAGES: Final = 10
_CITED_RESULTS: Final = 8
# Longer waits are the provider's no.
_PACE: Final = 2.0
_MOST_PHRASES: Final = 100
_TIMEOUT: Final = timedelta(seconds=45)


@dataclass(slots=True)
class _Keyword:
    text: str
    kinds: dict[str, None] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    """Sites whose results have it."""


def keyword_tool(searches: Searches, finder: Finder, citings: Citings) -> Tool:
    async def keyword_research(
        context: ToolContext,
        topic: Annotated[str, Field(min_length=2, max_length=200)],
        language: Language = "",
        country: Country = "",
        limit: Annotated[int, Field(ge=5, le=50)] = 25,
    ) -> str:
        """Find search terms around a topic: related searches, questions that people ask and
        phrases that ranking pages share, each with its intent and whether the space's own
        documents cover it. There are no search volumes: say so when you use the list.

        Args:
            topic: The topic or first keyword, a few words.
            language: Two letters, such as `en`; empty for any.
            country: Two letters, such as `US`; empty for any.
            limit: How many keywords to return.
        """
        pages = await _pages(searches, context, topic, language, country)
        own = await looked_up(finder, context, topic, _OWN_PASSAGES)
        # Pure computing: others' tokens go through this loop.
        keywords = (await asyncio.to_thread(_keywords, topic, pages))[:limit]
        results = [
            result_passage(context.turn.scope, result)
            for result in pages[0].results[:_CITED_RESULTS]
        ]
        kept = await cited(context, citings, [*results, *own])
        ours = [passage for passage in kept if passage.source.collection]
        theirs = [passage for passage in kept if not passage.source.collection]
        return "\n\n".join(
            [
                _head(topic, pages),
                _table(keywords, ours),
                f"First results for the topic:\n{blocks(theirs)}",
                f"What the space's documents say of it:\n{blocks(ours)}"
                if ours
                else "The space's documents have nothing on it.",
            ]
        )

    return tool(
        keyword_research,
        effect=Effect.READ,
        reach=Reach.WEB,
        timeout=_TIMEOUT,
        cost=f"up to {MOST_SEARCHES} searches: {SEARCH_COST}",
    )


async def _pages(
    searches: Searches, context: ToolContext, topic: str, language: str, country: str
) -> list[SearchPage]:
    """The topic's page first. Further ones may fail: what is there is told."""

    async def page(query: str) -> SearchPage:
        return await searches.page(
            context, query, limit=_RESULTS, language=language, country=country
        )

    async def paced(query: str) -> SearchPage:
        """Small plans allow one search a second."""
        try:
            return await page(query)
        except LimitError as error:
            if not error.retryable or (error.retry_after or 0) > _PACE:
                raise
            await asyncio.sleep(error.retry_after or _PACE)
            return await page(query)

    first = await page(topic)
    near = [*first.related, *first.questions] or await asyncio.to_thread(_near, topic, first)
    others = [query for query in near if query.casefold() != topic.casefold()][: MOST_SEARCHES - 1]
    pages = [first]
    # One after the other: providers count requests by the second.
    for query in others:
        try:
            pages.append(await paced(query[:400]))
        except AppError:
            break
    return pages


def _near(topic: str, page: SearchPage) -> list[str]:
    """Where the provider names no related searches: what several of its sites say of the topic."""
    about = set(terms(topic))
    return [phrase.text for phrase in shared(_texts([page])) if about & set(terms(phrase.text))]


def _keywords(topic: str, pages: Sequence[SearchPage]) -> list[_Keyword]:
    """Said by the provider first, then by most sites."""
    found: dict[str, _Keyword] = {}

    def add(text: str, kind: str, hosts: Sequence[str] = ()) -> None:
        name = " ".join(text.casefold().split()).strip("?!. ")
        if not name or len(name) > 120:
            return
        keyword = found.setdefault(name, _Keyword(name))
        keyword.kinds[kind] = None
        keyword.hosts |= dict.fromkeys(hosts)

    add(topic, "topic")
    for page in pages:
        for query in page.related:
            add(query, "related search")
        for question in page.questions:
            add(question, "question")
    pairs = _texts(pages)
    for phrase in shared(pairs)[:_MOST_PHRASES]:
        add(phrase.text, "shared phrase", phrase.owners)
    flat = [(site, f" {' '.join(text.casefold().split())} ") for site, text in pairs]
    for keyword in found.values():
        has = f" {keyword.text} "
        keyword.hosts |= dict.fromkeys(site for site, text in flat if has in text)
    about = set(terms(topic))
    return sorted(
        found.values(),
        key=lambda keyword: (
            "shared phrase" in keyword.kinds and len(keyword.kinds) == 1,
            not about & set(terms(keyword.text)),
            -len(keyword.hosts),
            keyword.text,
        ),
    )


def _texts(pages: Sequence[SearchPage]) -> list[tuple[str, str]]:
    """Site and words of each result, those that came twice once."""
    texts = {
        (host(result.url), f"{result.title}\n{result.snippet}")
        for page in pages
        for result in page.results
    }
    return sorted(texts)


def _head(topic: str, pages: Sequence[SearchPage]) -> str:
    first = pages[0]
    sites = {host(result.url) for page in pages for result in page.results}
    when = f", {first.fetched_at:%Y-%m-%d %H:%M} UTC" if first.fetched_at else ""
    repeats = sum(page.cached for page in pages)
    missing = "" if first.related or first.questions else _NO_RELATED
    return (
        f"Keywords around: {shown(topic)}\n"
        f"Made from {len(pages)} searches at {first.provider} ({repeats} of them from the cache"
        f"{when}) and the space's documents. `sites` counts how many of the {len(sites)} sites "
        "found use the words in their title or excerpt. No search volume, difficulty or price is "
        "known here: this provider gives none, and none may be made up." + missing
    )


_NO_RELATED: Final = (
    " It gave neither related searches nor questions for this topic: only phrases are listed."
)


def _table(keywords: Sequence[_Keyword], ours: Sequence[Passage]) -> str:
    rows = ["| keyword | from | intent | sites | own documents |", "|---|---|---|---|---|"]
    have = [(passage, set(terms(f"{passage.source.heading} {passage.text}"))) for passage in ours]
    for keyword in keywords:
        kind, word = intent(keyword.text)
        wanted = set(terms(keyword.text))
        covering = next((p for p, words in have if wanted and wanted <= words), None)
        covered = f"covered{marked(covering)}" if covering else "not found"
        reason = f" (“{shown(word)}”)" if word else ""
        cells = [
            *(shown(keyword.text).replace("|", "/"), ", ".join(keyword.kinds)),
            *(f"{kind}{reason}", str(len(keyword.hosts)), covered),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
