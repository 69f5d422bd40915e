"""What ours is compared with: BM25 of bm25s as its page shows it, and with an English stemmer."""

from collections.abc import Sequence

import bm25s  # type: ignore[import-untyped]  # has no stubs
import Stemmer

from bench.evaluation.questions import SourcePassage

DEPTH = 100
PLAIN, STEMMED = "bm25s", "bm25s, stemmed"


def rankings(
    passages: Sequence[SourcePassage], queries: Sequence[str], *, stemmed: bool
) -> list[list[str]]:
    """The best `DEPTH` for each query."""
    stemmer = Stemmer.Stemmer("english") if stemmed else None

    def tokens(texts: Sequence[str]) -> object:
        return bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, show_progress=False)

    index = bm25s.BM25()
    index.index(tokens([_text(one) for one in passages]), show_progress=False)
    found, _ = index.retrieve(tokens(queries), k=DEPTH, show_progress=False)
    return [[passages[int(place)].id for place in row] for row in found]


def _text(passage: SourcePassage) -> str:
    return f"{passage.title}\n{passage.text}"
