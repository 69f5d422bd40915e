"""SearXNG: a server of one's own that asks many engines."""

from datetime import UTC, datetime
from typing import Final

import httpx2

from adapters.web_search.answer import Json, address, asked, moment, rows, text
from domain.ports.web_search import SearchPage, WebResult
from models.errors import AppError, UnavailableError
from models.payloads.scope import Scope

_MOST_RESULTS: Final = 20


class SearxngSearch:
    """Implements `domain.ports.web_search.WebSearch`. `url` is the server's, as an operator has
    set it: it may stand inside, and is not asked of the guard that pages go through."""

    name = "searxng"

    def __init__(self, client: httpx2.AsyncClient, *, url: str) -> None:
        self._client = client
        self._url = f"{url.rstrip('/').removesuffix('/search')}/search"

    async def search(
        self,
        scope: Scope,  # noqa: ARG002 -- the server learns nothing of who asks
        query: str,
        *,
        limit: int = 10,
        language: str = "",
        country: str = "",
    ) -> SearchPage:
        params = {"q": query, "format": "json"}
        if language:
            region = f"-{country.upper()}" if country else ""
            params["language"] = f"{language.lower()}{region}"
        answer = await self._asked(params)
        results = _results(answer)
        if not results and answer.get("unresponsive_engines"):
            # Nothing was found because nobody was asked: that is no result, and is not cached.
            raise UnavailableError("The engines behind SearXNG are away.", code="provider_away")
        total = answer.get("number_of_results")
        return SearchPage(
            query=query,
            provider=self.name,
            results=results[:limit],
            related=_suggestions(answer),
            features=[name for name in ("answers", "infoboxes") if answer.get(name)],
            total=total if isinstance(total, int) and total > 0 else None,
            fetched_at=datetime.now(UTC),
        )

    async def _asked(self, params: dict[str, str]) -> Json:
        try:
            return await asked(self._client, "SearXNG", "GET", self._url, params=params)
        except AppError as error:
            if error.code != "not_configured":
                raise
            raise UnavailableError(
                "The SearXNG server of this deployment refuses, most often because it gives no "
                "JSON: an operator must add `json` to `search.formats` in its settings.yml, and "
                "check HOLDFAST_WEB_SEARCH__URL. Tell the user so, and do not answer as if a "
                "search had been made.",
                code="not_configured",
                retryable=False,
            ) from None


def _suggestions(answer: Json) -> list[str]:
    found = answer.get("suggestions")
    words = (text(word, 300) for word in (found if isinstance(found, list) else []))
    return list(dict.fromkeys(filter(None, words)))[:_MOST_RESULTS]


def _results(answer: Json) -> list[WebResult]:
    found = [row for row in rows(answer, "results") if address(row.get("url"))]
    return [
        WebResult(
            position=position,
            title=text(row.get("title"), 300),
            url=address(row.get("url")),
            snippet=text(row.get("content")),
            published=moment(row.get("publishedDate")),
        )
        for position, row in enumerate(found, start=1)
    ]
