"""Measuring pages, wherever that runs."""

from dataclasses import dataclass
from typing import Protocol

from domain.page_audit import PageAudit
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class Measured:
    """`bytes` is what came over the wire."""

    audit: PageAudit
    bytes: int


class PageAudits(Protocol):
    """What a page makes of its reader costs that reader's time at most, never the worker's. A
    space has a few at once; more of its own wait."""

    async def of_page(self, scope: Scope, address: str) -> Measured:
        """Fetch and measure. What a fetcher raises; UnsupportedError("page_not_html"), what a
        parser raises."""

    async def of_text(self, scope: Scope, text: str, *, html: bool) -> Measured:
        """Of a text that somebody wrote: HTML, or Markdown."""
