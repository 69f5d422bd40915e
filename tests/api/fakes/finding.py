"""What a search finds, in words and in pictures."""

from collections.abc import Sequence
from uuid import UUID, uuid4, uuid5

from domain.ports.knowledge import NewPicture
from domain.ports.parsing import ParsedDocument
from domain.ports.search import Candidate, FindRequest, Found, Loaded, PictureHit
from domain.ports.transcript import Passage, UsageEntry
from models.errors import InvalidError
from models.payloads.chat import Usage
from models.payloads.knowledge import DEFAULT_COLLECTION, Chunking, Filters
from models.payloads.scope import Scope
from models.payloads.sources import Source
from tests.api.fakes.collections import MemoryCollections


class FixedFinder:
    """Finds the same two passages, of those the first may be asked for alone."""

    def __init__(self, collections: MemoryCollections) -> None:
        self._collections = collections
        self.asked: list[FindRequest] = []
        self.error: str | None = None
        self.usage: tuple[UsageEntry, ...] = ()

    async def find(self, scope: Scope, request: FindRequest) -> Found:
        self.asked.append(request)
        for name in request.filters.collections:
            await self._collections.get(scope, name)
        found = [
            Passage(
                Source(
                    mark=mark,
                    passage_id=uuid4(),
                    document_id=uuid5(scope.space_id, str(mark)),
                    title="Brand guide",
                    heading="Tone › Headlines",
                    snippet=request.query[:20],
                    score=1 / mark,
                    page=mark,
                    collection=DEFAULT_COLLECTION,
                ),
                "Headlines are short.",
            )
            for mark in (1, 2)
        ]
        least = request.min_score or 0.0
        good = [passage for passage in found if passage.source.score >= least]
        return Found(passages=good[: request.top_k], usage=self.usage, error=self.error)


class PicturesIndex:
    """One picture like all others."""

    def __init__(self) -> None:
        self.asked: list[tuple[Scope, Sequence[float], str, Filters | None]] = []

    async def pictures(
        self,
        scope: Scope,
        vector: Sequence[float],
        *,
        model: str,
        limit: int,
        filters: Filters | None = None,
    ) -> Sequence[PictureHit]:
        self.asked.append((scope, vector, model, filters))
        document = uuid5(scope.space_id, "deck")
        hits = [
            PictureHit(uuid5(document, str(page)), document, "Deck", "A bicycle", page, 1 / page)
            for page in (1, 2)
        ]
        return hits[:limit]

    async def lexical(self, *_: object, **__: object) -> Sequence[Candidate]:
        raise NotImplementedError  # this and the next: the finder's, never the edge's

    async def semantic(self, *_: object, **__: object) -> Sequence[Candidate]:
        raise NotImplementedError

    async def load(self, *_: object, **__: object) -> Sequence[Loaded]:
        raise NotImplementedError

    async def of_documents(self, *_: object, **__: object) -> Sequence[UUID]:
        raise NotImplementedError


class PictureParser:
    """Reads every picture as one; what says `broken` inside cannot be read."""

    async def parse(
        self, media_type: str, data: bytes, *, name: str = "", chunking: Chunking | None = None
    ) -> ParsedDocument:
        if b"broken" in data:
            raise InvalidError("The file could not be read.", code="document_parse_failed")
        if b"slow" in data:
            raise InvalidError("It takes too long.", code="document_parse_timeout")
        if b"empty" in data:
            return ParsedDocument("", ())
        return ParsedDocument("", (), (NewPicture(0, b"small:" + data, "", 8, 8),))


class SizeEmbedder:
    name = "sizes"
    dimension = 2

    async def embed(self, pictures: Sequence[bytes]) -> tuple[list[list[float]], Usage]:
        return [[1.0, 0.0] for _ in pictures], Usage(input_tokens=len(pictures))
