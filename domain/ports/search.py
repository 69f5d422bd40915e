"""Finding passages: the index, what ranks again, and what brings it all together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol
from uuid import UUID

from domain.ports.transcript import Passage, UsageEntry
from models.payloads.agent import Agent
from models.payloads.knowledge import Filters
from models.payloads.scope import Scope

MOST_CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """`score` is the stream's own: BM25, or cosine similarity."""

    passage_id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """A passage as ranking needs it. `content_hash` is of its text, white space and case apart;
    `vector` is there when it was asked for."""

    passage: Passage
    content_hash: bytes
    published_on: date | None = None
    recency_days: float | None = None
    """Of its collection."""
    vector: Sequence[float] | None = None


class PassageIndex(Protocol):
    """What is live in one space. Each call is a transaction of its own; what is deleted between
    two of them is missing from the later one."""

    async def lexical(
        self, scope: Scope, text: str, *, limit: int, filters: Filters | None = None
    ) -> Sequence[Candidate]:
        """BM25 over the space's passages, best first; only those that share a word."""

    async def semantic(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> Sequence[Candidate]:
        """The nearest by cosine, best first: always `limit` of them when the filters leave so
        many. ConflictError("embedding_model_changed") when the space's vectors are another
        model's."""

    async def load(
        self, scope: Scope, ids: Sequence[UUID], *, query: str, vectors: bool = False
    ) -> Sequence[Loaded]:
        """In the order asked for; marks and scores are the caller's to set. `query` chooses the
        snippets."""

    async def of_documents(
        self, scope: Scope, documents: Sequence[UUID], *, limit: int
    ) -> Sequence[UUID]:
        """The live passages of these documents, in their order."""

    async def pictures(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> "Sequence[PictureHit]":
        """The nearest pictures by cosine, best first."""


@dataclass(frozen=True, slots=True)
class PictureHit:
    picture_id: UUID
    document_id: UUID
    title: str
    caption: str
    page: int | None
    score: float
    collection: str = ""


class Reranker(Protocol):
    """Judges each text beside the query. Never retries; raises ModelError and nothing else."""

    name: str
    most: int
    """Texts per call at most."""

    async def rerank(
        self, query: str, texts: Sequence[str]
    ) -> tuple[Sequence[float], UsageEntry | None]:
        """One score a text, from 0 to 1, in the order given. Texts come best first, as the search
        found them: a reranker may take that into account."""


@dataclass(frozen=True, slots=True)
class FindRequest:
    """What to look for. `alternatives` are other wordings of the same question, searched too."""

    query: str
    top_k: int
    alternatives: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    min_score: float | None = None
    """From 0 to 1, as `Source.score` gives it."""
    lexical_weight: float = 1.0
    semantic_weight: float = 1.0
    rerank: bool = True
    token_budget: int | None = None
    """Tokens that the passages may have together."""

    @classmethod
    def by(
        cls,
        agent: Agent,
        query: str,
        top_k: int,
        *,
        alternatives: tuple[str, ...] = (),
        filters: Filters | None = None,
    ) -> "FindRequest":
        """As the agent searches: in its collections, unless the filters say where."""
        return cls(
            query,
            top_k,
            alternatives=alternatives,
            filters=filters or Filters(collections=agent.collections),
            lexical_weight=agent.lexical_weight,
            semantic_weight=agent.semantic_weight,
            rerank=agent.rerank,
            token_budget=agent.passage_tokens,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """`error` names what went wrong on the way, when the rest answered all the same:
    the vectors' code first, else the reranker's."""

    passages: Sequence[Passage]
    usage: tuple[UsageEntry, ...] = ()
    error: str | None = None


class Finder(Protocol):
    async def find(self, scope: Scope, request: FindRequest) -> Found:
        """Search by words and by meaning, fuse, drop duplicates, rank again, number the marks
        from 1. Each part has its time limit. Raises AppError only when nothing could be searched
        at all: InvalidError query_empty, top_k_invalid; NotFoundError collection_not_found;
        UnavailableError search_timeout."""
