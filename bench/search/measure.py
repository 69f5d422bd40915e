"""Ask the built spaces: how fast, and how near to the exact answer."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

import numpy as np

from adapters.search.postgres import PostgresPassages
from adapters.store.database import Database
from bench.search.corpus import Corpus, Floats, chosen
from bench.search.library import MODEL, Space
from domain.ports.search import Candidate
from models.payloads.knowledge import Filters

Answer = TypeVar("Answer")

TOP: Final = 10
# As many as the retriever asks of each stream.
CANDIDATES: Final = 100
# Of the spaces of one size, so that the small ones do not take the whole time.
_SPACES: Final = 25
_RARE: Final = Filters(collections=("rare",))


@dataclass(slots=True)
class Figures:
    """Of the spaces of one size. Times in milliseconds."""

    lexical: list[float] = field(default_factory=list)
    semantic: list[float] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    """Both streams at once, then the first ten loaded."""
    filtered: list[float] = field(default_factory=list)
    recall: dict[UUID, list[float]] = field(default_factory=dict)
    """By space, of each question."""
    filtered_recall: list[float] = field(default_factory=list)
    too_few: int = 0
    """Answers with fewer than ten, or than all that there are."""

    @property
    def worst_recall(self) -> float:
        """Of the space that has the lowest."""
        return min(float(np.mean(one)) for one in self.recall.values())

    @property
    def mean_recall(self) -> float:
        return float(np.mean([value for one in self.recall.values() for value in one]))


async def measured(
    database: Database, corpus: Corpus, spaces: Sequence[Space], questions: int
) -> dict[int, Figures]:
    """By size; so many questions each, spread over the spaces of the size."""
    index = PostgresPassages(database)
    found: dict[int, Figures] = {}
    for size in sorted({space.size for space in spaces}):
        some = [space for space in spaces if space.size == size][:_SPACES]
        figures = found[size] = Figures()
        for place, question in enumerate(chosen(corpus.questions, questions, size)):
            space = some[place % len(some)]
            await _ask(index, space, corpus.questions[question], corpus.asked[question], figures)
    return found


async def _ask(
    index: PostgresPassages, space: Space, text: str, vector: Floats, figures: Figures
) -> None:
    asked = [float(number) for number in vector]
    began = time.perf_counter()
    said, meant = await asyncio.gather(
        _timed(index.lexical(space.scope, text, limit=CANDIDATES), figures.lexical),
        _timed(index.semantic(space.scope, asked, model=MODEL, limit=CANDIDATES), figures.semantic),
    )
    ids = list(dict.fromkeys([*_ids(said)[: TOP // 2], *_ids(meant)]))[:TOP]
    await _timed(index.load(space.scope, ids, query=text), figures.load)
    figures.whole.append(1e3 * (time.perf_counter() - began))
    first = await index.semantic(space.scope, asked, model=MODEL, limit=TOP)
    narrow = await _timed(
        index.semantic(space.scope, asked, model=MODEL, limit=TOP, filters=_RARE), figures.filtered
    )
    _judge(space, vector, first, narrow, figures)


async def _timed(asking: Awaitable[Answer], times: list[float]) -> Answer:
    began = time.perf_counter()
    answer = await asking
    times.append(1e3 * (time.perf_counter() - began))
    return answer


def _ids(found: Sequence[Candidate]) -> list[UUID]:
    return [one.passage_id for one in found]


def _judge(
    space: Space,
    vector: Floats,
    first: Sequence[Candidate],
    narrow: Sequence[Candidate],
    figures: Figures,
) -> None:
    scores = space.vectors.astype(np.float32) @ vector
    rare = np.where(np.array(space.rare), scores, -np.inf)
    kept = _recall(space, scores, first, min(TOP, space.size))
    figures.recall.setdefault(space.scope.space_id, []).append(kept)
    few = min(TOP, sum(space.rare))
    figures.filtered_recall.append(_recall(space, rare, narrow, few))
    figures.too_few += (len(first) < min(TOP, space.size)) + (len(narrow) < few)


def _recall(space: Space, scores: Floats, found: Sequence[Candidate], count: int) -> float:
    """Share of the exact answer. What is as near as its last one, to the precision that is
    stored, is as good."""
    order = np.argsort(-scores, kind="stable")[:count]
    least = scores[order[-1]] - 1e-4
    place = {passage_id: at for at, passage_id in enumerate(space.ids)}
    return sum(bool(scores[place[one]] >= least) for one in _ids(found)[:count]) / count
