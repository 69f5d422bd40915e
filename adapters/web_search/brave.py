"""Brave's Web Search API: an index of its own."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Final

import httpx2
from pydantic import SecretStr

from adapters.web_search.answer import Json, address, asked, moment, rows, text
from domain.ports.web_search import SearchPage, WebResult
from models.payloads.scope import Scope

BRAVE_URL: Final = "https://api.search.brave.com/res/v1/web/search"
# The most that it gives on a page, and takes as a query.
_MOST_RESULTS = 20
_MOST_CHARACTERS = 400
_MOST_WORDS = 50
# What else may stand on the page, by the answer's keys.
_FEATURES: Final = {
    "faq": "questions",
    "news": "news",
    "videos": "videos",
    "discussions": "discussions",
    "infobox": "infobox",
    "locations": "local",
}
# Words that match are marked in titles and descriptions.
_MARKED = re.compile(r"</?strong>")


class BraveSearch:
    """Implements `domain.ports.web_search.WebSearch`. Never retries."""

    name = "brave"

    def __init__(
        self, client: httpx2.AsyncClient, *, api_key: SecretStr, url: str = BRAVE_URL
    ) -> None:
        self._client = client
        self._key = api_key
        self._url = url

    async def search(
        self,
        scope: Scope,  # noqa: ARG002 -- the provider learns nothing of who asks
        query: str,
        *,
        limit: int = 10,
        language: str = "",
        country: str = "",
    ) -> SearchPage:
        params = {
            "q": " ".join(query.split()[:_MOST_WORDS])[:_MOST_CHARACTERS],
            "count": str(min(limit, _MOST_RESULTS)),
            "text_decorations": "false",
        }
        if language:
            params["search_lang"] = language.lower()
        if country:
            params["country"] = country.upper()
        answer = await asked(
            self._client,
            "Brave Search",
            "GET",
            self._url,
            params=params,
            headers={"X-Subscription-Token": self._key.get_secret_value()},
        )
        return SearchPage(
            query=query,
            provider=self.name,
            results=_results(answer)[:limit],
            questions=[
                asked_too
                for row in rows(answer, "faq", "results")
                if (asked_too := _plain(row.get("question"), 300))
            ][:_MOST_RESULTS],
            features=[name for key, name in _FEATURES.items() if answer.get(key)],
            fetched_at=datetime.now(UTC),
        )


def _results(answer: Json) -> list[WebResult]:
    found = [row for row in rows(answer, "web", "results") if address(row.get("url"))]
    return [
        WebResult(
            position=position,
            title=_plain(row.get("title"), 300),
            url=address(row.get("url")),
            snippet=_plain(row.get("description")),
            published=moment(row.get("page_age")),
        )
        for position, row in enumerate(found, start=1)
    ]


def _plain(value: object, most: int = 1_000) -> str:
    """Without the marks that some plans' answers have all the same."""
    return unescape(_MARKED.sub("", text(value, most)))
