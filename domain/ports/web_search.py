"""Web search, whoever provides it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class WebResult:
    """Everything in it is the web's text: untrusted."""

    position: int
    """From 1."""
    title: str
    url: str
    snippet: str
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    query: str
    provider: str
    results: Sequence[WebResult]
    related: Sequence[str] = ()
    """Searches that people also make, where the provider says so."""
    questions: Sequence[str] = ()
    """Questions that people also ask."""
    features: Sequence[str] = ()
    """What else stands on the page: ads, featured_snippet, images, …"""
    total: int | None = None
    fetched_at: datetime | None = None
    cached: bool = False


class WebSearch(Protocol):
    name: str

    async def search(
        self, scope: Scope, query: str, *, limit: int = 10, language: str = "", country: str = ""
    ) -> SearchPage:
        """Results are cached for the space for a while. UnavailableError("not_configured") where
        no provider is; LimitError("provider_quota"), retryable where it is a matter of seconds;
        UnavailableError("provider_away"); InvalidError("query_refused")."""
