"""The web search that the settings name."""

from contextlib import AsyncExitStack
from typing import Literal, Protocol

from pydantic import SecretStr
from redis.asyncio import Redis

from adapters.web_search.answer import not_configured, search_client
from adapters.web_search.brave import BRAVE_URL, BraveSearch
from adapters.web_search.cache import CachedSearch
from adapters.web_search.searxng import SearxngSearch
from adapters.web_search.serper import SERPER_URL, SerperSearch
from domain.ports.web_search import SearchPage, WebSearch
from models.payloads.scope import Scope


class SearchChoice(Protocol):
    """What the settings say."""

    @property
    def provider(self) -> Literal["brave", "serper", "searxng"] | None: ...
    @property
    def api_key(self) -> SecretStr | None: ...
    @property
    def url(self) -> str | None: ...


class NoSearch:
    """Says what is missing, each time that somebody wants to search."""

    name = "none"

    def __init__(self, why: str) -> None:
        self._why = why

    async def search(
        self,
        scope: Scope,  # noqa: ARG002 -- the port's signature
        query: str,  # noqa: ARG002 -- the port's signature
        *,
        limit: int = 10,  # noqa: ARG002 -- the port's signature
        language: str = "",  # noqa: ARG002 -- the port's signature
        country: str = "",  # noqa: ARG002 -- the port's signature
    ) -> SearchPage:
        raise not_configured(self._why)


def web_search(choice: SearchChoice, redis: Redis, stack: AsyncExitStack) -> WebSearch:
    """The stack closes it."""
    missing = _missing(choice)
    if missing:
        return NoSearch(missing)
    client = search_client()
    stack.push_async_callback(client.aclose)
    key = choice.api_key or SecretStr("")
    search: WebSearch
    if choice.provider == "searxng":
        search = SearxngSearch(client, url=choice.url or "")
    elif choice.provider == "serper":
        search = SerperSearch(client, api_key=key, url=choice.url or SERPER_URL)
    else:
        search = BraveSearch(client, api_key=key, url=choice.url or BRAVE_URL)
    return CachedSearch(search, redis)


def _missing(choice: SearchChoice) -> str:
    if choice.provider is None:
        return "No provider is named."
    if choice.provider == "searxng":
        return "" if choice.url else "The address of its SearXNG server is missing."
    return "" if choice.api_key else f"The key for {choice.provider} is missing."
