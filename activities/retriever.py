"""Find passages for a query: by words and by meaning at once, ranked, within a budget."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from activities.known_collections import KnownCollections
from activities.outcome import in_time, outcome_of
from activities.query_vectors import QueryVectors
from domain.assembly import numbered, within
from domain.ports.knowledge import Collections
from domain.ports.search import (
    MOST_CANDIDATES,
    Candidate,
    FindRequest,
    Found,
    Loaded,
    PassageIndex,
    Reranker,
)
from domain.ports.transcript import UsageEntry
from domain.ports.vectors import Embedders, Vectors
from domain.ranking import Ranked, aged, distinct, diverse, fuse, score_of, with_score
from domain.standing import standing
from models.errors import AppError, InvalidError
from models.payloads.scope import Scope

MOST_RESULTS = 50
# What is longer is a document, and no question about one.
QUERY_CHARACTERS = 8_000
MOST_ALTERNATIVES = 3
# Another wording may miss the point: it counts half of what was said.
ALTERNATIVE_WEIGHT = 0.5
# Each ranking gives so many: what is first in one and 50th in the other may still win.
CANDIDATES = 100
USUAL_CANDIDATES = 50
# Looked at beyond what is asked for: repetitions fall out, and age moves places.
MARGIN = 6
# Judged again at most: what fusion places lower is rarely the answer. On mtrag-un 15 to 80
# gave nearly the same nDCG@10 (0.809 to 0.814), and each passage costs a reader 1 ms.
RERANKED = 24
# And at least, however few are wanted.
LEAST_RERANKED = 16

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """A reader waits: after these, the rest must do."""

    embedding: timedelta = timedelta(seconds=2)
    search: timedelta = timedelta(seconds=3)
    """Of each: by words, by meaning, and to load what was found."""
    reranking: timedelta = timedelta(seconds=1.5)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """`error` names the stream that is missing."""

    ranked: Sequence[Ranked[UUID]]
    usage: tuple[UsageEntry, ...]
    error: str | None


class Retriever:
    """The Finder of turns, of the search route and of the search tool."""

    def __init__(
        self,
        index: PassageIndex,
        embedders: Embedders,
        vectors: Vectors,
        collections: Collections,
        reranker: Reranker | None = None,
        *,
        limits: TimeLimits | None = None,
    ) -> None:
        self._index = index
        self._reranker = reranker
        self._limits = limits or TimeLimits()
        self._query_vectors = QueryVectors(embedders, vectors, within=self._limits.embedding)
        self._collections = KnownCollections(collections)

    async def find(self, scope: Scope, request: FindRequest) -> Found:
        query = _checked(request)
        known, candidates = await asyncio.gather(
            self._collections.check(scope, request.filters.collections),
            self._candidates(scope, query, request),
            return_exceptions=True,  # so that neither is left behind
        )
        if isinstance(known, BaseException):
            raise known
        if isinstance(candidates, BaseException):
            raise candidates
        loaded = await self._loaded(scope, query, request, candidates.ranked)
        judged, entry, failure = await self._judged(query, request, loaded)
        chosen = _chosen(judged, request)
        return Found(
            passages=numbered([item.passage for item in chosen]),
            usage=(*candidates.usage, *([entry] if entry else [])),
            error=candidates.error or failure,
        )

    async def _candidates(self, scope: Scope, query: str, request: FindRequest) -> _Candidates:
        """Both searches at once, for the query and for its alternatives, fused."""
        texts = [query, *_alternatives(query, request)]
        usage: list[UsageEntry] = []
        words, meaning = await asyncio.gather(
            outcome_of(self._words(scope, texts, request)),
            outcome_of(self._meaning(scope, texts, request, usage)),
        )
        if isinstance(words, AppError) and isinstance(meaning, AppError):
            raise words
        failed = [result for result in (meaning, words) if isinstance(result, AppError)]
        for error in failed:
            log.warning("retrieval.incomplete", code=error.code)
        rankings: list[list[UUID]] = []
        weights: list[float] = []
        pairs = ((words, request.lexical_weight), (meaning, request.semantic_weight))
        for result, weight in pairs:
            if isinstance(result, AppError):
                continue
            for place, found in enumerate(result):
                rankings.append([candidate.passage_id for candidate in found])
                weights.append(weight * (ALTERNATIVE_WEIGHT if place else 1.0))
        ranked = _fused(rankings, weights)
        return _Candidates(ranked, tuple(usage), failed[0].code if failed else None)

    async def _words(
        self, scope: Scope, texts: Sequence[str], request: FindRequest
    ) -> Sequence[Sequence[Candidate]]:
        if request.lexical_weight == 0:
            return ()
        search, limit = self._index.lexical, _limit(request)
        async with in_time(self._limits.search, "search_timeout"):
            return await asyncio.gather(
                *(search(scope, text, limit=limit, filters=request.filters) for text in texts)
            )

    async def _meaning(
        self, scope: Scope, texts: Sequence[str], request: FindRequest, usage: list[UsageEntry]
    ) -> Sequence[Sequence[Candidate]]:
        if request.semantic_weight == 0:
            return ()

        async def search(
            model: str, vectors: Sequence[Sequence[float]]
        ) -> Sequence[Sequence[Candidate]]:
            near, filters, limit = self._index.semantic, request.filters, _limit(request)
            async with in_time(self._limits.search, "search_timeout"):
                return await asyncio.gather(
                    *(near(scope, v, model=model, limit=limit, filters=filters) for v in vectors)
                )

        return await self._query_vectors.use(scope, texts, usage, search) or ()

    async def _loaded(
        self, scope: Scope, query: str, request: FindRequest, ranked: Sequence[Ranked[UUID]]
    ) -> list[Loaded]:
        """The texts that may come to be given, with their scores, best first."""
        wanted = min(2 * request.top_k + MARGIN, MOST_CANDIDATES)
        if self._reranker is not None and request.rerank:
            wanted = max(wanted, LEAST_RERANKED)
        scores = {item.key: item.score for item in ranked[:wanted]}
        if not scores:
            return []
        async with in_time(self._limits.search, "search_timeout"):
            loaded = await self._index.load(scope, list(scores), query=query)
        return [with_score(item, scores[item.passage.source.passage_id]) for item in loaded]

    async def _judged(
        self, query: str, request: FindRequest, loaded: Sequence[Loaded]
    ) -> tuple[Sequence[Loaded], UsageEntry | None, str | None]:
        """Scores by the reranker; those of the fusion when it fails."""
        reranker = self._reranker
        if reranker is None or not request.rerank or len(loaded) < 2:
            return loaded, None, None
        first = loaded[: min(RERANKED, reranker.most)]
        texts = [_judgeable(item) for item in first]
        outcome = await outcome_of(self._scored(reranker, query, texts))
        if isinstance(outcome, AppError):
            log.warning("retrieval.unranked", code=outcome.code)
            return loaded, None, outcome.code
        scores, entry = outcome
        judged = [with_score(item, score) for item, score in zip(first, scores, strict=True)]
        judged.sort(key=lambda item: -score_of(item))
        # Nobody judged the rest: below those that were.
        least = score_of(judged[-1])
        rest = [with_score(item, min(score_of(item), least)) for item in loaded[len(first) :]]
        return [*judged, *rest], entry, None

    async def _scored(
        self, reranker: Reranker, query: str, texts: Sequence[str]
    ) -> tuple[Sequence[float], UsageEntry | None]:
        async with in_time(self._limits.reranking, "rerank_timeout"):
            return await reranker.rerank(query, texts)


def _checked(request: FindRequest) -> str:
    query = request.query.strip()[:QUERY_CHARACTERS]
    if not query:
        raise InvalidError("The query is empty.", code="query_empty")
    if not 1 <= request.top_k <= MOST_RESULTS:
        detail = f"top_k is {request.top_k}; it may be 1 to {MOST_RESULTS}."
        raise InvalidError(detail, code="top_k_invalid")
    return query


def _limit(request: FindRequest) -> int:
    return min(CANDIDATES, max(USUAL_CANDIDATES, 2 * request.top_k + MARGIN))


def _alternatives(query: str, request: FindRequest) -> list[str]:
    cut = (text.strip()[:QUERY_CHARACTERS] for text in request.alternatives)
    others = dict.fromkeys(text for text in cut if text and text != query)
    return list(others)[:MOST_ALTERNATIVES]


def _fused(rankings: Sequence[Sequence[UUID]], weights: Sequence[float]) -> list[Ranked[UUID]]:
    """An empty ranking says nothing, so it takes nothing from the others' scores."""
    said = [(ranking, weight) for ranking, weight in zip(rankings, weights, strict=True) if ranking]
    if not any(weight for _, weight in said):
        return []
    return fuse([ranking for ranking, _ in said], weights=[weight for _, weight in said])


def _judgeable(item: Loaded) -> str:
    """With what it stands under, which the passage itself may not say."""
    source = item.passage.source
    above = standing(source.title, source.heading)
    return f"{above}\n{item.passage.text}" if above else item.passage.text


def _chosen(items: Sequence[Loaded], request: FindRequest) -> list[Loaded]:
    weighed = aged(items, datetime.now(UTC).date())
    if request.min_score is not None:
        weighed = [item for item in weighed if score_of(item) >= request.min_score]
    # Comparing passages with each other costs more than all else here: the first ones only.
    offered = distinct(weighed[: 2 * request.top_k + MARGIN])[: 2 * request.top_k]
    return within(diverse(offered, request.top_k), request.token_budget)
