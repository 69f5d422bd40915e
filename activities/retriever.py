"""Find passages for a query: vectors when they come in time, full text in any case."""

import asyncio
from datetime import timedelta

import structlog

from domain.ports.model import Embedder
from domain.ports.search import FindRequest, Found, PassageIndex
from domain.ports.transcript import UsageEntry
from domain.pricing import PRICE_VERSION, cost
from models.errors import ModelError, UnavailableError
from models.payloads.scope import Scope

# A reader waits: after this, words alone must do.
EMBEDDING_TIME = timedelta(seconds=3)
SEARCH_TIME = timedelta(seconds=5)
# An embedding of more than this is an embedding of nothing in particular.
QUERY_CHARACTERS = 2_000

log = structlog.get_logger(__name__)


class Retriever:
    """The Finder of turns, of the search route and of the search tool."""

    def __init__(
        self,
        index: PassageIndex,
        embedder: Embedder,
        *,
        embedding_time: timedelta = EMBEDDING_TIME,
        search_time: timedelta = SEARCH_TIME,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._embedding_time = embedding_time.total_seconds()
        self._search_time = search_time.total_seconds()

    async def find(
        self,
        scope: Scope,
        query: str | FindRequest,
        *,
        top_k: int = 6,
        min_score: float | None = None,
    ) -> Found:
        """`error` says why vectors are missing. UnavailableError search_timeout, or what the
        store raises, when nothing could be searched."""
        if isinstance(query, FindRequest):  # until `activities.finder` takes this one's place
            top_k, min_score, query = query.top_k, query.min_score, query.query
        text = query.strip()[:QUERY_CHARACTERS]
        if not text:
            return Found(passages=())
        vector, usage, error = await self._vector(text)
        try:
            async with asyncio.timeout(self._search_time):
                passages = await self._index.search(
                    scope, text, vector, top_k=top_k, min_score=min_score
                )
        except TimeoutError:
            raise UnavailableError("The search took too long.", code="search_timeout") from None
        return Found(passages=passages, usage=usage, error=error)

    async def _vector(
        self, text: str
    ) -> tuple[list[float] | None, tuple[UsageEntry, ...], str | None]:
        try:
            async with asyncio.timeout(self._embedding_time):
                vectors, usage = await self._embedder.embed([text])
        except ModelError as failure:
            error = failure.code
        except TimeoutError:
            error = "embedding_timeout"
        else:
            model = self._embedder.name
            entry = UsageEntry(
                model=model,
                kind="embedding",
                usage=usage,
                first_token_ms=None,
                cost_usd=cost(model, usage),
                price_version=PRICE_VERSION,
            )
            return vectors[0], (entry,), None
        log.warning("retrieval.without_vectors", code=error)
        return None, (), error
