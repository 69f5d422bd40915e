"""Each stage of retrieval by itself, over the real index, with the time that it takes."""

import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from activities.retriever import ALTERNATIVE_WEIGHT, CANDIDATES, RERANKED, Retriever
from bench.evaluation.corpus import Corpus
from domain.ports.model import Embedder, Purpose
from domain.ports.search import FindRequest, Loaded, Reranker
from domain.query import Standalone
from domain.ranking import fuse
from domain.standing import standing

Result = TypeVar("Result")
LEXICAL, VECTOR, FUSED, RERANKED_STAGE, WHOLE = (
    "lexical",
    "vector",
    "fused",
    "reranked",
    "retriever",
)
STAGES = (LEXICAL, VECTOR, FUSED, RERANKED_STAGE, WHOLE)
DEPTH = 10


@dataclass(slots=True)
class Times:
    """Milliseconds of each call."""

    of: dict[str, list[float]] = field(default_factory=dict)

    async def taken(self, name: str, work: Awaitable[Result]) -> Result:
        began = time.perf_counter()
        result = await work
        self.of.setdefault(name, []).append((time.perf_counter() - began) * 1_000)
        return result


@dataclass(frozen=True, slots=True)
class Stages:
    corpus: Corpus
    embedder: Embedder
    reranker: Reranker
    retriever: Retriever
    times: Times = field(default_factory=Times)

    async def rank(self, question: Standalone) -> dict[str, list[str]]:
        """What each stage ranks, best first, by the set's names."""
        texts = [question.query, *question.alternatives]
        weights = [1.0, *(ALTERNATIVE_WEIGHT for _ in question.alternatives)]
        words = [await self._words(text) for text in texts]
        meaning = await self._meaning(texts)
        fused = _order([*words, *meaning], [*weights, *weights])
        return {
            name: [self.corpus.names[key] for key in keys]
            for name, keys in (
                (LEXICAL, _order(words, weights)),
                (VECTOR, _order(meaning, weights)),
                (FUSED, fused),
                (RERANKED_STAGE, await self._reranked(question.query, fused)),
                (WHOLE, await self._whole(question)),
            )
        }

    async def _words(self, text: str) -> list[UUID]:
        index, scope = self.corpus.index, self.corpus.scope
        found = await self.times.taken(LEXICAL, index.lexical(scope, text, limit=CANDIDATES))
        return [one.passage_id for one in found]

    async def _meaning(self, texts: Sequence[str]) -> list[list[UUID]]:
        index, scope = self.corpus.index, self.corpus.scope
        vectors, _ = await self.times.taken("embedding", self.embedder.embed(texts, Purpose.QUERY))
        found = [
            await self.times.taken(
                VECTOR,
                index.semantic(scope, vector, model=self.embedder.name, limit=CANDIDATES),
            )
            for vector in vectors
        ]
        return [[one.passage_id for one in near] for near in found]

    async def _reranked(self, query: str, fused: list[UUID]) -> list[UUID]:
        first = fused[:RERANKED]
        loaded = await self.times.taken(
            "loading", self.corpus.index.load(self.corpus.scope, first, query=query)
        )
        scores, _ = await self.times.taken(
            "reranking", self.reranker.rerank(query, [_judged(one) for one in loaded])
        )
        order = sorted(range(len(loaded)), key=lambda place: -scores[place])
        return [*(loaded[place].passage.source.passage_id for place in order), *fused[RERANKED:]]

    async def _whole(self, question: Standalone) -> list[UUID]:
        request = FindRequest(question.query, DEPTH, alternatives=question.alternatives)
        found = await self.times.taken(WHOLE, self.retriever.find(self.corpus.scope, request))
        return [one.source.passage_id for one in found.passages]


def _judged(item: Loaded) -> str:
    source = item.passage.source
    return f"{standing(source.title, source.heading)}\n{item.passage.text}"


def _order(rankings: Sequence[Sequence[UUID]], weights: Sequence[float]) -> list[UUID]:
    return [one.key for one in fuse(rankings, weights=weights)][:CANDIDATES]
