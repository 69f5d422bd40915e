"""What tools are given in these tests: ports that remember, and a space's few documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from domain.ports.identity import Caller
from domain.ports.search import FindRequest, Found
from domain.ports.transcript import Passage
from domain.ports.web_search import SearchPage, WebResult
from domain.tools.tool import ToolContext
from models.errors import LimitError, NotFoundError, UnavailableError
from models.payloads.agent import Agent
from models.payloads.scope import Scope, TurnKey
from models.payloads.sources import Source
from tests.knowledge.material import a_scope

WHEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def a_context(scope: Scope | None = None, agent: Agent | None = None) -> ToolContext:
    turn = TurnKey(scope=scope or a_scope(), conversation_id=uuid4(), turn_id=uuid4())
    return ToolContext(turn=turn, idempotency_key=uuid4(), agent=agent)


class Marks:
    """Citings: the same passage has the same mark, at most `most` of them."""

    def __init__(self, most: int = 500) -> None:
        self.most = most
        self.kept: dict[UUID, int] = {}

    async def keep(self, turn: TurnKey, passages: Sequence[Passage]) -> Sequence[Passage]:
        once = {passage.source.passage_id: passage for passage in passages}
        return [self._marked(passage) for passage in once.values()]

    async def of(self, turn: TurnKey) -> Sequence[Passage]:
        return ()

    def _marked(self, passage: Passage) -> Passage:
        mark = self.kept.setdefault(passage.source.passage_id, len(self.kept) + 1)
        source = passage.source.model_copy(update={"mark": mark if mark <= self.most else 0})
        return replace(passage, source=source)


@dataclass
class Web:
    """A WebSearch with pages by query; others find nothing."""

    pages: Mapping[str, SearchPage] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    most: int = 100
    """Searches before it is away."""
    limited: int = 0
    """Of the searches after the first, so many are told to wait a moment."""
    name: str = "paper"

    async def search(
        self, scope: Scope, query: str, *, limit: int = 10, language: str = "", country: str = ""
    ) -> SearchPage:
        if len(self.asked) >= self.most:
            raise UnavailableError("away", code="provider_away")
        if self.asked and self.limited:
            self.limited -= 1
            raise LimitError("slower", code="provider_quota", retryable=True, retry_after=0.01)
        self.asked.append(query)
        page = self.pages.get(query, SearchPage(query, self.name, []))
        return replace(page, query=query, results=page.results[:limit])


def a_page(
    *rows: tuple[str, str, str],
    related: Sequence[str] = (),
    questions: Sequence[str] = (),
    features: Sequence[str] = (),
    cached: bool = False,
) -> SearchPage:
    """Of rows (title, address, snippet)."""
    return SearchPage(
        query="",
        provider="paper",
        results=[WebResult(at, *row) for at, row in enumerate(rows, 1)],
        related=related,
        questions=questions,
        features=features,
        fetched_at=WHEN,
        cached=cached,
    )


@dataclass
class Shelf:
    """A Finder over (collection, title, text): those that share most words with the query."""

    documents: Sequence[tuple[str, str, str]] = ()
    asked: list[FindRequest] = field(default_factory=list)

    async def find(self, scope: Scope, request: FindRequest) -> Found:
        self.asked.append(request)
        wanted = request.filters.collections
        known = {collection for collection, *_ in self.documents}
        if missing := [name for name in wanted or () if name not in known]:
            raise NotFoundError(f"no {missing}", code="collection_not_found")
        query = set(request.query.casefold().split())
        hits = [
            (len(query & set(f"{title} {text}".casefold().split())), collection, title, text)
            for collection, title, text in self.documents
            if not wanted or collection in wanted
        ]
        best = sorted(hits, key=lambda hit: -hit[0])[: request.top_k]
        return Found([a_passage(scope, *hit[1:]) for hit in best if hit[0] or wanted])


def a_passage(scope: Scope, collection: str, title: str, text: str) -> Passage:
    document = uuid5(scope.space_id, title)
    source = Source(
        mark=0,
        passage_id=uuid5(document, text),
        document_id=document,
        title=title,
        snippet=text[:300],
        collection=collection,
    )
    return Passage(source, text)


@dataclass
class House:
    """Spaces: all have this voice."""

    voice: str = ""

    async def context(self, scope: Scope) -> dict[str, Any]:
        return {"name": "House", "voice": self.voice, "integrations": {}}

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        raise NotImplementedError

    async def profile(self, scope: Scope) -> str:
        return ""

    async def set_profile(self, scope: Scope, text: str) -> None:
        raise NotImplementedError
