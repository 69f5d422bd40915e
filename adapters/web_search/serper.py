"""Serper: Google's result page as JSON, with what stands around the results."""

from datetime import UTC, datetime
from typing import Final

import httpx2
from pydantic import SecretStr

from adapters.web_search.answer import Json, address, asked, moment, rows, text
from domain.ports.web_search import SearchPage, WebResult
from models.payloads.scope import Scope

SERPER_URL: Final = "https://google.serper.dev/search"
_MOST_RESULTS = 20
_FEATURES: Final = {
    "answerBox": "featured_snippet",
    "knowledgeGraph": "knowledge_panel",
    "peopleAlsoAsk": "questions",
    "topStories": "news",
    "images": "images",
    "videos": "videos",
    "places": "local",
    "shopping": "shopping",
    "ads": "ads",
}
# As Google writes a day, in English; ages such as "2 days ago" are no date.
_DAYS: Final = ("%b %d, %Y", "%d %b %Y")


class SerperSearch:
    """Implements `domain.ports.web_search.WebSearch`. Never retries."""

    name = "serper"

    def __init__(
        self, client: httpx2.AsyncClient, *, api_key: SecretStr, url: str = SERPER_URL
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
        body: Json = {"q": query, "num": min(limit, _MOST_RESULTS)}
        if language:
            body["hl"] = language.lower()
        if country:
            body["gl"] = country.lower()
        answer = await asked(
            self._client,
            "Serper",
            "POST",
            self._url,
            body=body,
            headers={"X-API-KEY": self._key.get_secret_value()},
        )
        return SearchPage(
            query=query,
            provider=self.name,
            results=_results(answer)[:limit],
            related=_texts(answer, "relatedSearches", "query"),
            questions=_texts(answer, "peopleAlsoAsk", "question"),
            features=[name for key, name in _FEATURES.items() if answer.get(key)],
            fetched_at=datetime.now(UTC),
        )


def _texts(answer: Json, key: str, field: str) -> list[str]:
    found = (text(row.get(field), 300) for row in rows(answer, key))
    return list(dict.fromkeys(filter(None, found)))[:_MOST_RESULTS]


def _results(answer: Json) -> list[WebResult]:
    found = [row for row in rows(answer, "organic") if address(row.get("link"))]
    return [
        WebResult(
            position=position,
            title=text(row.get("title"), 300),
            url=address(row.get("link")),
            snippet=text(row.get("snippet")),
            published=_day(text(row.get("date"), 40)),
        )
        for position, row in enumerate(found, start=1)
    ]


def _day(said: str) -> datetime | None:
    for shape in _DAYS:
        try:
            return datetime.strptime(said, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return moment(said)
