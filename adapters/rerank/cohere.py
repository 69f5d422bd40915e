"""Any server of Cohere's rerank API: Cohere, Jina, vLLM and others."""

from collections.abc import Sequence
from typing import Final

import httpx2
from pydantic import SecretStr

from adapters.llm.streaming import Json
from adapters.rerank.service import MOST_TEXTS, by_place, fits, objects, posted
from domain.ports.transcript import UsageEntry
from domain.pricing import priced
from domain.tokens import count
from models.payloads.chat import Usage

COHERE_URL: Final = "https://api.cohere.com/v2/rerank"


class CohereReranker:
    """One model. Never retries."""

    most = MOST_TEXTS

    def __init__(
        self, client: httpx2.AsyncClient, name: str, *, api_key: SecretStr, url: str = COHERE_URL
    ) -> None:
        """`url` is the whole address: servers put the same API under different paths."""
        self.name = name
        self._client = client
        self._key = api_key
        self._url = url

    async def rerank(
        self, query: str, texts: Sequence[str]
    ) -> tuple[Sequence[float], UsageEntry | None]:
        """As the port says; the usage is what the answer says, else an estimate."""
        fits(texts)
        if not texts:
            return [], None
        body = {
            "model": self.name,
            "query": query,
            # An empty text is refused by some and would take the others with it.
            "documents": [text or " " for text in texts],
            "top_n": len(texts),
        }
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"}
        answer = await posted(self._client, self._url, body, headers)
        rows = [
            (row.get("index"), row.get("relevance_score")) for row in objects(answer, "results")
        ]
        tokens = _tokens(answer)
        if tokens is None:
            tokens = sum(map(count, texts)) + count(query) * len(texts)
        usage = Usage(input_tokens=tokens)
        return by_place(rows, len(texts)), priced("rerank", self.name, usage)


def _tokens(answer: Json) -> int | None:
    """Where Jina and vLLM say it."""
    usage = answer.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) and tokens >= 0 else None
