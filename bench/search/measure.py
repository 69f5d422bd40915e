"""Ask the built spaces: how fast, and how near to the exact answer."""

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
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
        asked = chosen(corpus.questions, questions, size)
        for at, space in enumerate(some):
            of_space = asked[at :: len(some)]
            # By hand, before the clock runs.
            truths = await asyncio.to_thread(_scores, space, corpus.asked[of_space])
            place = {passage_id: number for number, passage_id in enumerate(space.ids)}
            for question, scores in zip(of_space, truths, strict=True):
                text, vector = corpus.questions[question], corpus.asked[question]
                answers = await _ask(index, space, text, vector, figures)
                _judge(space, _Truth(scores, place), answers, figures)
    return found


@dataclass(frozen=True, slots=True)
class _Truth:
    """Of one question: each passage's cosine, and where each passage is."""

    scores: Floats
    place: Mapping[UUID, int]

    def recall(
        self, allowed: np.ndarray[tuple[int], np.dtype[np.bool_]], found: Sequence[UUID]
    ) -> float:
        """Share of the exact ten among those allowed. What is as near as the last of them, to the
        precision that is stored, is as good."""
        scores = np.where(allowed, self.scores, -2.0)
        count = min(TOP, int(allowed.sum()))
        least = np.sort(scores)[-count] - 1e-4
        return sum(bool(scores[self.place[one]] >= least) for one in found[:count]) / count


def _scores(space: Space, asked: Floats) -> Floats:
    """Shape (questions, passages)."""
    parts = [
        space.vectors[start : start + 4_096].astype(np.float32) @ asked.T
        for start in range(0, space.size, 4_096)
    ]
    scores: Floats = np.concatenate(parts).T
    return scores


async def _ask(
    index: PostgresPassages, space: Space, text: str, vector: Floats, figures: Figures
) -> tuple[Sequence[UUID], Sequence[UUID]]:
    """The ten nearest of all, and of the small collection."""
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
    return _ids(first), _ids(narrow)


async def _timed(asking: Awaitable[Answer], times: list[float]) -> Answer:
    began = time.perf_counter()
    answer = await asking
    times.append(1e3 * (time.perf_counter() - began))
    return answer


def _ids(found: Sequence[Candidate]) -> list[UUID]:
    return [one.passage_id for one in found]


def _judge(
    space: Space,
    truth: _Truth,
    answers: tuple[Sequence[UUID], Sequence[UUID]],
    figures: Figures,
) -> None:
    first, narrow = answers
    rare = np.array(space.rare)
    kept = truth.recall(np.ones(space.size, np.bool_), first)
    figures.recall.setdefault(space.scope.space_id, []).append(kept)
    figures.filtered_recall.append(truth.recall(rare, narrow))
    figures.too_few += len(first) < min(TOP, space.size)
    figures.too_few += len(narrow) < min(TOP, int(rare.sum()))
