"""One space whose vectors have full rank: no offline model gives such."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final, cast

from adapters.store.database import Database
from bench.search import library
from bench.search.corpus import PER_DOCUMENT, Corpus, Sheet, Spread
from bench.search.library import Build
from bench.search.measure import Figures, measured

PASSAGES: Final = 40_000
QUICK: Final = 5_000
QUESTIONS: Final = 100


async def spread(database: Database, source: Spread, quick: bool) -> dict[int, Figures]:  # noqa: FBT001 - as the command line says
    size = QUICK if quick else PASSAGES
    space = await library.one(database, _sheets(source, size), size, Build())
    asked: Any = SimpleNamespace(questions=["amber"] * QUESTIONS, asked=source.drawn(QUESTIONS))
    return await measured(database, cast("Corpus", asked), [space], QUESTIONS)


def _sheets(source: Spread, passages: int) -> Iterator[Sheet]:
    for _ in range(passages // PER_DOCUMENT):
        yield Sheet(["amber basalt"] * PER_DOCUMENT, source.drawn(PER_DOCUMENT))
