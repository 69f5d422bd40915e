"""Measure pages: fetched through the guard, read in a child."""

import asyncio
from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

from adapters.parsing.process import ChildParser
from domain.page_audit import Heading, Images, Links, PageAudit
from domain.parsing import kinds
from domain.ports.page_audits import Measured
from domain.ports.web import Fetcher
from domain.readability import Readability
from models.errors import UnsupportedError
from models.payloads.scope import Scope

# Browsers get the usual page in a tenth; what is larger is no text for people.
PAGE_BYTES: Final = 3 * 1024 * 1024
# A tool has 20 s for a page and what it finds in it.
WITHIN: Final = timedelta(seconds=10)


# Of one space: a site that keeps its readers busy must leave room for others'.
AT_ONCE: Final = 2


class PageAuditor:
    """Implements `domain.ports.page_audits.PageAudits`."""

    def __init__(
        self, fetcher: Fetcher, parser: ChildParser, *, within: timedelta = WITHIN
    ) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._within = within
        self._places: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()

    async def of_page(self, scope: Scope, address: str) -> Measured:
        async with self._place(scope):
            page = await self._fetcher.fetch(address, most_bytes=PAGE_BYTES, within=self._within)
            if page.media_type not in {"", kinds.HTML, "application/xhtml+xml"}:
                raise UnsupportedError(
                    f"This address gives {page.media_type[:80]}, and no web page.",
                    code="page_not_html",
                )
            return await self._measured(page.data, url=page.url, html=True)

    async def of_text(self, scope: Scope, text: str, *, html: bool) -> Measured:
        async with self._place(scope):
            return await self._measured(text.encode("utf-8", "replace"), url="", html=html)

    def _place(self, scope: Scope) -> asyncio.Semaphore:
        """Whoever waits in it keeps it."""
        return self._places.setdefault(scope.space_id, asyncio.Semaphore(AT_ONCE))

    async def _measured(self, data: bytes, *, url: str, html: bool) -> Measured:
        said = await self._parser.task("audit", data, url=url, html=html)
        return Measured(_audit(said), len(data))


def _audit(said: dict[str, Any]) -> PageAudit:
    listed = {name: tuple(said[name]) for name in ("social", "schemas")}
    links, images = said["links"], said["images"]
    return PageAudit(
        **{
            **said,
            **listed,
            "headings": tuple(Heading(**heading) for heading in said["headings"]),
            "links": Links(**{**links, "hosts": tuple(links["hosts"])}),
            "images": Images(**{**images, "shown": tuple(images["shown"])}),
            "readability": Readability(**said["readability"]),
        }
    )
