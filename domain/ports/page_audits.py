"""Measuring pages, wherever that runs."""

from dataclasses import dataclass
from typing import Protocol

from domain.page_audit import PageAudit


@dataclass(frozen=True, slots=True)
class Measured:
    """`bytes` is what came over the wire."""

    audit: PageAudit
    bytes: int


class PageAudits(Protocol):
    """What a page makes of its reader costs that reader's time at most, never the worker's."""

    async def of_page(self, address: str) -> Measured:
        """Fetch and measure. What a fetcher raises; UnsupportedError("page_not_html"), what a
        parser raises."""

    async def of_text(self, text: str, *, html: bool) -> Measured:
        """Of a text that somebody wrote: HTML, or Markdown."""
