"""An index, vectors and collections that are plain lists, for tests of what stands above them."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4, uuid5

from activities.retriever import Retriever, TimeLimits
from domain.ports.knowledge import Collection
from domain.ports.model import Embedder, Purpose
from domain.ports.search import Candidate, Loaded, PictureHit, Reranker
from domain.ports.transcript import Passage, UsageEntry
from models.errors import AppError, ConflictError, ModelError, NotFoundError, UnavailableError
from models.payloads.chat import Usage
from models.payloads.knowledge import Filters
from models.payloads.scope import Scope
from models.payloads.sources import Source
from tests.knowledge.material import vector_of

NAMESPACE = UUID(int=5)
PATIENT = TimeLimits(*(timedelta(minutes=1) for _ in range(3)))
"""No search is late by chance; a test that wants one shortens its limit."""


def passage_id(text: str) -> UUID:
    return uuid5(NAMESPACE, text)


class ListIndex:
    """A PassageIndex over a few texts: words in common, and the cosine of `vector_of`."""

    def __init__(self, *texts: str, model: str = "hashing-1", document: UUID | None = None) -> None:
        self.texts = {passage_id(text): text for text in texts}
        self.model = model
        self.document = document or uuid4()
        self.asked: list[tuple[str, str]] = []
        self.failures: dict[str, AppError] = {}
        self.stuck: set[str] = set()
        self.filters: list[Filters | None] = []
        self.dates: dict[str, date] = {}
        self.recency_days: float | None = None

    async def lexical(
        self, scope: Scope, text: str, *, limit: int, filters: Filters | None = None
    ) -> Sequence[Candidate]:
        await self._enter("lexical", text)
        self.filters.append(filters)
        asked = _words(text)
        shared = ((key, len(asked & _words(own))) for key, own in self.texts.items())
        return _best([(key, float(both)) for key, both in shared if both], limit)

    async def semantic(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> Sequence[Candidate]:
        await self._enter("semantic", model)
        if model != self.model:
            raise ConflictError("Another model's.", code="embedding_model_changed")
        near = (
            (key, sum(a * b for a, b in zip(vector, vector_of(text), strict=True)))
            for key, text in self.texts.items()
        )
        return _best(list(near), limit)

    async def load(
        self, scope: Scope, ids: Sequence[UUID], *, query: str, vectors: bool = False
    ) -> Sequence[Loaded]:
        await self._enter("load", query)
        return [self._loaded(key) for key in ids if key in self.texts]

    async def of_documents(
        self, scope: Scope, documents: Sequence[UUID], *, limit: int
    ) -> Sequence[UUID]:
        await self._enter("of_documents", "")
        return list(self.texts)[:limit] if self.document in documents else []

    async def pictures(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> Sequence[PictureHit]:
        return []

    async def _enter(self, call: str, what: str) -> None:
        self.asked.append((call, what))
        if call in self.stuck:
            await asyncio.Event().wait()
        if call in self.failures:
            raise self.failures[call]

    def _loaded(self, key: UUID) -> Loaded:
        text = self.texts[key]
        source = Source(
            mark=0,
            passage_id=key,
            document_id=self.document,
            title="Facts",
            snippet=text[:300],
            collection="general",
        )
        digest = hashlib.sha256(" ".join(text.casefold().split()).encode()).digest()
        dated = self.dates.get(text)
        return Loaded(Passage(source, text), digest, dated, self.recency_days)


def _best(scored: list[tuple[UUID, float]], limit: int) -> list[Candidate]:
    ordered = sorted(scored, key=lambda one: -one[1])
    return [Candidate(key, score) for key, score in ordered[:limit]]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


class NamedEmbedder:
    """As `HashingEmbedder`, under another name."""

    dimension = 3_072
    batch = 32
    tokens = 100_000

    def __init__(self, name: str = "hashing-1") -> None:
        self.name = name
        self.asked: list[tuple[Sequence[str], Purpose]] = []
        self.failure: ModelError | None = None
        self.stuck = False

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT
    ) -> tuple[list[list[float]], Usage]:
        self.asked.append((texts, purpose))
        if self.stuck:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        return [vector_of(text) for text in texts], Usage(input_tokens=7)


class ListEmbedders:
    def __init__(self, default: Embedder, *others: Embedder) -> None:
        self.default = default
        self._others = {embedder.name: embedder for embedder in others}

    def named(self, name: str) -> Embedder:
        if name not in self._others:
            raise UnavailableError("Not configured.", code="embedding_model_unknown")
        return self._others[name]


class SpaceModel:
    """Vectors, as far as a search asks for them: the space's model."""

    def __init__(self, name: str | None = "hashing-1") -> None:
        self.name = name
        self.asked = 0

    async def model(self, scope: Scope) -> str | None:
        self.asked += 1
        return self.name

    async def missing(
        self, scope: Scope, model: str, after: UUID | None, limit: int
    ) -> Sequence[tuple[UUID, str]]:
        raise AssertionError("a search does not ask this")

    async def keep(
        self,
        scope: Scope,
        model: str,
        vectors: Sequence[tuple[UUID, list[float]]],
        usage: UsageEntry | None,
    ) -> None:
        raise AssertionError("a search does not ask this")

    async def switch(self, scope: Scope, model: str) -> int:
        raise AssertionError("a search does not ask this")

    async def behind(self, model: str, limit: int) -> Sequence[Scope]:
        raise AssertionError("a search does not ask this")


class FewCollections:
    def __init__(self, *names: str) -> None:
        self.names = {"general", *names}
        self.asked: list[str] = []

    async def all(self, scope: Scope) -> Sequence[Collection]:
        return [Collection(name) for name in sorted(self.names)]

    async def get(self, scope: Scope, name: str) -> Collection:
        self.asked.append(name)
        if name not in self.names:
            raise NotFoundError("No such collection.", code="collection_not_found")
        return Collection(name)

    async def create(self, scope: Scope, collection: Collection) -> Collection:
        raise AssertionError("a search makes none")

    async def update(self, scope: Scope, collection: Collection) -> Collection:
        raise AssertionError("a search changes none")

    async def delete(self, scope: Scope, name: str) -> None:
        raise AssertionError("a search deletes none")


class LengthReranker:
    """The longer the better: an order that no search gives by chance."""

    name = "length"
    most = 10

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.failure: ModelError | None = None
        self.stuck = False

    async def rerank(
        self, query: str, texts: Sequence[str]
    ) -> tuple[Sequence[float], UsageEntry | None]:
        self.asked.append(texts)
        if self.stuck:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        return [min(1.0, len(text) / 1_000) for text in texts], None


def a_retriever(
    index: ListIndex,
    embedder: NamedEmbedder | None = None,
    reranker: Reranker | None = None,
    *,
    vectors: SpaceModel | None = None,
    collections: FewCollections | None = None,
    others: Sequence[Embedder] = (),
    limits: TimeLimits = PATIENT,
) -> Retriever:
    return Retriever(
        index,
        ListEmbedders(embedder or NamedEmbedder(), *others),
        vectors or SpaceModel(),
        collections or FewCollections(),
        reranker,
        limits=limits,
    )
