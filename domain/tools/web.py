"""Search the web, and read one of its pages."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from domain.page_ranking import ranked
from domain.ports.citing import Citings
from domain.ports.pages import Page, PageReader
from domain.ports.transcript import Passage
from domain.ports.web_search import SearchPage
from domain.prompting import blocks
from domain.tools.cited import Searches, cited, part_passage, result_passage, shown
from domain.tools.tool import Effect, Reach, Tool, ToolContext, tool
from models.payloads.scope import Scope

Query = Annotated[str, Field(min_length=1, max_length=400)]
Address = Annotated[str, Field(min_length=8, max_length=2_000)]
Language = Annotated[str, Field(pattern="^([a-z]{2})?$")]
Country = Annotated[str, Field(pattern="^([a-zA-Z]{2})?$")]

SEARCH_COST = "what the search provider charges; repeats within 6 hours are free"
# Passages are whole; this many fit a small model's window.
_MOST_PASSAGES = 12
# The page, and storing what was found in it.
_PAGE_TIMEOUT = timedelta(seconds=25)


def web_search_tool(searches: Searches, citings: Citings) -> Tool:
    async def web_search(
        context: ToolContext,
        query: Query,
        limit: Annotated[int, Field(ge=1, le=20)] = 8,
        language: Language = "",
        country: Country = "",
    ) -> str:
        """Search the public web. Gives titles, addresses and short excerpts; read a page whole
        with fetch_page. Cite what you use by its mark, like [7].

        Args:
            query: What to look for. Operators such as `site:example.com` may be used.
            limit: How many results to return.
            language: Two letters, such as `en`; empty for any.
            country: Two letters, such as `US`; empty for any.
        """
        page = await searches.page(context, query, limit=limit, language=language, country=country)
        scope = context.turn.scope
        kept = await cited(
            context, citings, [result_passage(scope, result) for result in page.results]
        )
        return _results(page, kept)

    return tool(web_search, effect=Effect.READ, reach=Reach.WEB, cost=SEARCH_COST)


def _results(page: SearchPage, kept: Sequence[Passage]) -> str:
    when = f" on {page.fetched_at:%Y-%m-%d %H:%M} UTC" if page.fetched_at else ""
    head = f"{len(kept)} results of {page.provider}{when} for: {shown(page.query, 400)}"
    if not kept:
        return f"{head}\nNothing was found."
    addresses = "\n".join(
        f"{at}. {shown(passage.source.url or '', 2_000)}" for at, passage in enumerate(kept, 1)
    )
    return f"{head}\n{blocks(kept)}\nAddresses, in the same order:\n{addresses}"


def fetch_page_tool(reader: PageReader, citings: Citings) -> Tool:
    async def fetch_page(
        context: ToolContext,
        url: Address,
        question: Annotated[str, Field(max_length=1_000)] = "",
        passages: Annotated[int, Field(ge=1, le=_MOST_PASSAGES)] = 6,
    ) -> str:
        """Read one public web page. Cite what you use by its mark, like [7].

        Args:
            url: The page's whole address, with https://.
            question: What to look for in it; empty gives the page from its beginning.
            passages: How many passages of it to return.
        """
        page = await reader.read(context.turn.scope, url)
        found = _passages(context.turn.scope, page, question, passages)
        if not found:
            return f"{shown(page.url, 2_000)} has no text."
        kept = await cited(context, citings, found)
        head = f"{len(kept)} of {len(page.passages)} passages of {shown(page.url, 2_000)}"
        return f"{head}\n{blocks(kept)}"

    return tool(fetch_page, effect=Effect.READ, reach=Reach.WEB, timeout=_PAGE_TIMEOUT)


def _passages(scope: Scope, page: Page, question: str, most: int) -> list[Passage]:
    if question.strip():
        order = ranked(question, page.passages, most)
    else:
        order = [(at, 0.0) for at in range(min(most, len(page.passages)))]
    return [part_passage(scope, page, page.passages[at], question, score) for at, score in order]
