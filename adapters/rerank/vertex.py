"""Google's ranking API, part of Vertex AI Search."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import httpx2

from adapters.rerank.service import MOST_TEXTS, by_place, fits, objects, posted
from domain.ports.transcript import UsageEntry
from domain.pricing import priced
from domain.tokens import count
from models.errors import ModelRefusedError
from models.payloads.chat import Usage

HOST: Final = "https://discoveryengine.googleapis.com"
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
MODEL: Final = "semantic-ranker-default-004"
# Reading credentials may ask the machine's metadata server.
TOKEN_SECONDS: Final = 10.0

Token = Callable[[], Awaitable[str]]


class VertexReranker:
    """One model of one project. Never retries."""

    most = MOST_TEXTS

    def __init__(
        self,
        client: httpx2.AsyncClient,
        project: str,
        *,
        name: str = MODEL,
        host: str = HOST,
        token: Token,
    ) -> None:
        self.name = name
        self._client = client
        self._url = (
            f"{host}/v1/projects/{project}/locations/global"
            "/rankingConfigs/default_ranking_config:rank"
        )
        self._project = project
        self._token = token

    async def rerank(
        self, query: str, texts: Sequence[str]
    ) -> tuple[Sequence[float], UsageEntry | None]:
        """As the port says. Google bills by requests; the tokens are an estimate."""
        fits(texts)
        if not texts:
            return [], None
        body = {
            "model": self.name,
            "query": query,
            "records": [
                {"id": str(place), "content": text or " "} for place, text in enumerate(texts)
            ],
            "ignoreRecordDetailsInResponse": True,
        }
        headers = {
            "Authorization": f"Bearer {await self._token()}",
            "X-Goog-User-Project": self._project,
        }
        answer = await posted(self._client, self._url, body, headers)
        # A score of 0 is left out of the answer: protobuf's JSON omits what is zero.
        rows = [
            (_place(row.get("id")), row.get("score", 0.0)) for row in objects(answer, "records")
        ]
        usage = Usage(input_tokens=sum(map(count, texts)) + count(query))
        return by_place(rows, len(texts)), priced("rerank", self.name, usage)


def _place(name: object) -> int | None:
    return int(name) if isinstance(name, str) and name.isascii() and name.isdigit() else None


class GoogleToken:
    """The environment's own credentials, refreshed by one caller at a time, in a thread."""

    def __init__(self) -> None:
        self._credentials: Any = None
        self._lock = asyncio.Lock()

    async def __call__(self) -> str:
        """ModelRefusedError model_key_rejected when there are none."""
        # Imported by those alone who use it: it takes a second.
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 -- as said above

        try:
            async with self._lock, asyncio.timeout(TOKEN_SECONDS):
                return await asyncio.to_thread(self._valid)
        except (GoogleAuthError, TimeoutError) as error:
            raise ModelRefusedError(
                f"Google gave no credentials ({type(error).__name__}).", code="model_key_rejected"
            ) from error

    def _valid(self) -> str:
        import google.auth  # noqa: PLC0415 -- as said above
        import google.auth.transport.requests  # noqa: PLC0415 -- as said above

        if self._credentials is None:
            self._credentials, _ = google.auth.default(scopes=SCOPES)
        if not self._credentials.valid:
            self._credentials.refresh(google.auth.transport.requests.Request())
        token: str = self._credentials.token
        return token
