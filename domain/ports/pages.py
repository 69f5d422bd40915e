"""Pages that were fetched for a message, kept a little while."""

from dataclasses import dataclass
from typing import Protocol

from domain.ports.knowledge import NewPassage
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was read. `url` is where it was found in the end."""

    url: str
    title: str
    passages: tuple[NewPassage, ...]


class PageCache(Protocol):
    """What one space has fetched is never given to another. Losing it costs a fetch, so nothing
    is ever raised: a cache that is away has nothing and keeps nothing."""

    async def get(self, scope: Scope, address: str) -> Page | None: ...

    async def keep(self, scope: Scope, address: str, page: Page) -> None:
        """For some minutes; a page that is too large is not kept."""


class PageReader(Protocol):
    async def read(self, scope: Scope, address: str) -> Page:
        """The page as a person would read it, from the cache or anew. What a fetcher and a parser
        raise; InvalidError("page_timeout"), LimitError("pages_crowded")."""
