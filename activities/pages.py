"""Read the pages that a message names, and find in them what it asks for."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from domain.addresses import MOST, addresses, without_addresses
from domain.page_ranking import ranked
from domain.parsing import kinds
from domain.parsing.naming import display_title
from domain.ports.pages import Page, PageCache
from domain.ports.parsing import Parser
from domain.ports.transcript import Passage
from domain.ports.web import Fetcher
from domain.tools.cited import part_passage
from models.errors import AppError, InvalidError, LimitError
from models.payloads.scope import Scope

# A reader waits for the answer's first word: what is not there by then is left out.
WITHIN = timedelta(seconds=4)
# The rest is for reading what came.
FETCHING = 0.75
# A page for people. What is longer is a document, to be uploaded as one.
PAGE_BYTES = 5 * 1024 * 1024
# 300 passages are a book of 300 pages; ranking them takes some 50 ms.
MOST_PASSAGES = 300
# One space's messages must not take all the places that a process fetches with.
AT_ONCE = 12

Query = Callable[[], Awaitable[str]]
"""Gives the question once it is known: another model may still be wording it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PageFailure:
    """An address that gave nothing. `code` is a fetcher's or a parser's, page_timeout, or
    pages_crowded."""

    url: str
    code: str


@dataclass(frozen=True, slots=True)
class PagesFound:
    """`passages` best first, marks numbered from 1, scores from 0 to 1. `addresses` is how many
    were tried, three at most: 0 means that the message names none."""

    passages: Sequence[Passage] = ()
    failures: Sequence[PageFailure] = field(default=())
    addresses: int = 0

    @property
    def error(self) -> str | None:
        """The first failure's code."""
        return self.failures[0].code if self.failures else None


class Pages:
    """By words alone: a page's passages live for one turn, embedding them would cost more time
    than a reader has. Three pages at most."""

    def __init__(
        self, fetcher: Fetcher, parser: Parser, cache: PageCache, *, within: timedelta = WITHIN
    ) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._cache = cache
        self._within = within
        self._busy: Counter[UUID] = Counter()

    async def find(
        self, scope: Scope, message: str, query: str | Query, *, most: int
    ) -> PagesFound:
        """At most `most` passages of the pages whose addresses stand in `message`, those that
        answer `query` best. Reading takes no longer than `within`, and need not wait for a query
        that is still being thought of. Raises nothing for a page's sake."""
        named = addresses(message, MOST)
        if not named:
            return PagesFound()
        read = await asyncio.gather(*(self._page(scope, address) for address in named))
        query = query if isinstance(query, str) else await query()
        pages = list({page.url: page for page in read if isinstance(page, Page)}.values())
        question = without_addresses(query)
        texts = [passage for page in pages for passage in page.passages]
        # Pure computing for up to 50 ms: others' tokens go through this loop.
        order = await asyncio.to_thread(ranked, question, texts, most)
        owners = [page for page in pages for _ in page.passages]
        passages = [
            part_passage(scope, owners[at], texts[at], question, score, mark)
            for mark, (at, score) in enumerate(order, start=1)
        ]
        failures = [failure for failure in read if isinstance(failure, PageFailure)]
        return PagesFound(passages, failures, len(named))

    async def read(self, scope: Scope, address: str) -> Page:
        """One page, within `within`: as `domain.ports.pages.PageReader` says."""
        try:
            async with asyncio.timeout(self._within.total_seconds()):
                # Shielded: a call to Redis that is broken off leaves its connection behind.
                kept = await asyncio.shield(self._cache.get(scope, address))
                if kept is not None:
                    return kept
                with self._place(scope):
                    page = await self._read(address)
                await asyncio.shield(self._cache.keep(scope, address, page))
                return page
        except TimeoutError:
            seconds = self._within.total_seconds()
            raise InvalidError(
                f"The page was not there and read within {seconds:g} s.", code="page_timeout"
            ) from None

    async def _page(self, scope: Scope, address: str) -> Page | PageFailure:
        try:
            return await self.read(scope, address)
        except AppError as error:
            log.info("pages.unread", space_id=str(scope.space_id), code=error.code)
            return PageFailure(address, error.code)

    async def _read(self, address: str) -> Page:
        fetched = await self._fetcher.fetch(
            address, most_bytes=PAGE_BYTES, within=self._within * FETCHING
        )
        # A container is looked through for what it holds: not in the loop.
        kind = await asyncio.to_thread(kinds.detect, fetched.name, fetched.media_type, fetched.data)
        parsed = await self._parser.parse(kind, fetched.data, name=fetched.name)
        host = urlsplit(fetched.url).hostname or fetched.url
        return Page(
            url=fetched.url,
            title=display_title(parsed.title or host, fetched.name),
            passages=tuple(parsed.passages[:MOST_PASSAGES]),
        )

    @contextmanager
    def _place(self, scope: Scope) -> Iterator[None]:
        if self._busy[scope.space_id] >= AT_ONCE:
            raise LimitError("The space reads many pages already.", code="pages_crowded")
        self._busy[scope.space_id] += 1
        try:
            yield
        finally:
            self._busy[scope.space_id] -= 1
            if not self._busy[scope.space_id]:
                del self._busy[scope.space_id]
