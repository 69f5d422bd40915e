"""Read the pages that a message names, and find in them what it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from domain.ports.pages import PageCache
from domain.ports.parsing import Parser
from domain.ports.transcript import Passage
from domain.ports.web import Fetcher
from models.payloads.scope import Scope

# A reader waits for the answer's first word: what is not there by then is left out.
WITHIN = timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class PageFailure:
    """An address that gave nothing. `code` is a fetcher's or a parser's, or page_timeout."""

    url: str
    code: str


@dataclass(frozen=True, slots=True)
class PagesFound:
    """`passages` best first, marks numbered from 1, scores from 0 to 1. `addresses` is how many
    the message names (at most three are read): 0 means that the stream had nothing to do."""

    passages: Sequence[Passage] = ()
    failures: Sequence[PageFailure] = field(default=())
    addresses: int = 0

    @property
    def error(self) -> str | None:
        """The first failure's code."""
        return self.failures[0].code if self.failures else None


class Pages:
    def __init__(
        self, fetcher: Fetcher, parser: Parser, cache: PageCache, *, within: timedelta = WITHIN
    ) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._cache = cache
        self._within = within.total_seconds()

    async def find(self, scope: Scope, message: str, query: str, *, most: int) -> PagesFound:
        """At most `most` passages of the pages whose addresses stand in `message`, those that
        answer `query` best. Takes no longer than `within`; raises nothing for a page's sake."""
        return PagesFound()
