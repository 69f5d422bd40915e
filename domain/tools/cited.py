"""What tools find on the web and in documents, kept so that an answer may cite it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid5
from xml.sax.saxutils import escape

from domain.ports.citing import Citings
from domain.ports.knowledge import NewPassage
from domain.ports.pages import Page
from domain.ports.transcript import Passage, UsageEntry
from domain.ports.web_search import SearchPage, WebResult, WebSearch
from domain.snippet import SNIPPET_CHARACTERS, snippet
from domain.tools.tool import ToolContext
from models.payloads.chat import Usage
from models.payloads.scope import Scope
from models.payloads.sources import Source

_PRICE_VERSION: Final = "settings"


@dataclass(frozen=True, slots=True)
class Searches:
    """Web search for tools: what is not from the cache goes to the turn's account."""

    search: WebSearch
    price: Decimal | None = None
    """US dollars a search, by the deployment's plan; None: not known."""

    async def page(
        self, context: ToolContext, query: str, *, limit: int, language: str = "", country: str = ""
    ) -> SearchPage:
        found = await self.search.search(
            context.turn.scope, query, limit=limit, language=language, country=country
        )
        if not found.cached:
            entry = UsageEntry(
                model=found.provider,
                kind="web_search",
                usage=Usage(),
                first_token_ms=None,
                cost_usd=self.price,
                price_version=_PRICE_VERSION,
            )
            context.usage.append(entry)
        return found


async def cited(
    context: ToolContext, citings: Citings, passages: Sequence[Passage]
) -> Sequence[Passage]:
    """With their marks, in the order given; one that came twice comes once."""
    if not passages:
        return ()
    kept = await citings.keep(context.turn, passages)
    context.sources.extend(passage.source for passage in kept if passage.source.mark)
    return kept


def result_passage(scope: Scope, result: WebResult) -> Passage:
    """What the search provider shows of a page."""
    text = result.snippet or result.title
    document_id = uuid5(scope.space_id, result.url)
    source = Source(
        mark=0,
        # Other words of the same page, for another query, are another passage.
        passage_id=uuid5(document_id, f"result:{text}"),
        document_id=document_id,
        title=result.title or host(result.url),
        snippet=text[:SNIPPET_CHARACTERS],
        score=1 / result.position,
        end=len(text),
        url=result.url,
    )
    return Passage(source, text)


def part_passage(
    scope: Scope, page: Page, part: NewPassage, question: str, score: float, mark: int = 0
) -> Passage:
    """A part of a page that was read."""
    # In each space its own: the ids of one say nothing in another.
    document_id = uuid5(scope.space_id, page.url)
    source = Source(
        mark=mark,
        passage_id=uuid5(document_id, str(part.index)),
        document_id=document_id,
        title=page.title or host(page.url),
        heading=part.heading,
        snippet=snippet(part.text, question),
        score=score,
        start=part.start,
        end=part.end,
        page=part.page,
        url=page.url,
    )
    return Passage(source, part.text)


def page_passage(scope: Scope, url: str, title: str, text: str) -> Passage:
    """A page as a whole, by its beginning."""
    document_id = uuid5(scope.space_id, url)
    shown = " ".join(text.split())[:SNIPPET_CHARACTERS] or title
    source = Source(
        mark=0,
        passage_id=uuid5(document_id, "page"),
        document_id=document_id,
        title=title or host(url),
        snippet=shown,
        score=1.0,
        end=len(shown),
        url=url,
    )
    return Passage(source, shown)


def marked(passage: Passage) -> str:
    """` [7]`, or nothing for what cannot be cited."""
    return f" [{passage.source.mark}]" if passage.source.mark else ""


def host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or url[:80]).removeprefix("www.")
    except ValueError:
        return url[:80]


def shown(text: str, most: int = 200) -> str:
    """Somebody else's words in a line of ours: they can close no tag and begin no line."""
    flat = " ".join(text.split())
    return escape(flat if len(flat) <= most else f"{flat[: most - 1]}…")
