"""How long passages should be: documents put together again, cut anew, searched in memory.

Passages of one source are joined in their order, what neighbours share once; what people answered
from is then a span of the document. What counts is how much of these spans is given to the model
within the same room, since longer passages are fewer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import numpy.typing as npt

from adapters.rerank.local import LocalReranker
from bench.evaluation.questions import Question, Questions, SourcePassage
from domain.bm25 import Extent, Listing, best, packed
from domain.chunking import chunk
from domain.lexical import asked, counted, terms
from domain.parsing import plain
from domain.ranking import fuse
from local.model.embedding import OWN_DIMENSION, Embedder
from models.payloads.knowledge import Chunking

SIZES = ((700, 100), (1_500, 200), (2_500, 300), (4_000, 400), (8_000, 800))
# Characters of passages that a model is given: a small window's, and an agent's usual 6,000 tokens.
ROOMS = (6_000, 24_000)
DEPTH = 100
RERANKED = 50
# Shorter matches meet by chance.
LEAST_SHARED = 40


@dataclass(frozen=True, slots=True)
class Span:
    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    span: Span
    text: str
    heading: str


@dataclass(frozen=True, slots=True)
class Found:
    """Shares from 0 to 1: of the gold spans given, of what is given that is gold, and of the words
    of people's answers those that are given (the question's own apart)."""

    size: int
    overlap: int
    pieces: int
    covered: dict[int, float]
    pure: dict[int, float]
    answered: dict[int, float]


@dataclass(frozen=True, slots=True)
class Library:
    texts: dict[str, str]
    titles: dict[str, str]
    spans: dict[str, Span]


def joined(passages: Iterable[SourcePassage]) -> Library:
    sources: dict[str, list[SourcePassage]] = defaultdict(list)
    for one in passages:
        sources[one.source].append(one)
    texts: dict[str, str] = {}
    titles: dict[str, str] = {}
    spans: dict[str, Span] = {}
    for source, own in sources.items():
        own.sort(key=lambda one: (one.start, one.id))
        text = ""
        for one in own:
            start = len(text) - _shared(text, one.text)
            text = f"{text[:start]}{one.text}\n\n"
            spans[one.id] = Span(source, start, start + len(one.text))
        texts[source], titles[source] = text, own[0].title or source
    return Library(texts, titles, spans)


def _shared(text: str, following: str) -> int:
    """Characters that the end of a text has in common with the beginning of the next."""
    ended = text.rstrip()
    at = ended.rfind(following[:LEAST_SHARED], max(0, len(ended) - len(following)))
    if at < 0 or not following.startswith(ended[at:]):
        return 0
    return len(text) - at


def compared(questions: Questions) -> list[Found]:
    library = joined(questions.passages)
    reranker = LocalReranker()
    try:
        return [_measured(library, questions.findable, size, reranker) for size in SIZES]
    finally:
        reranker.close()


def _measured(
    library: Library,
    questions: Sequence[Question],
    size: tuple[int, int],
    reranker: LocalReranker,
) -> Found:
    pieces = [piece for source in library.texts for piece in _cut(library, source, size)]
    search = Search(pieces, reranker)
    covered: dict[int, list[float]] = {room: [] for room in ROOMS}
    pure: dict[int, list[float]] = {room: [] for room in ROOMS}
    answered: dict[int, list[float]] = {room: [] for room in ROOMS}
    for question in questions:
        ranked = search.ranked(question.text)
        gold = [library.spans[name] for name in question.gold]
        for room in ROOMS:
            given = _fitting(ranked, room)
            share, purity = _overlap(given, gold)
            covered[room].append(share)
            pure[room].append(purity)
            words = set(terms(question.answer)) - set(terms(question.text))
            had = {term for piece in given for term in terms(piece.text)}
            answered[room].append(len(words & had) / max(1, len(words)))
    return Found(
        *size,
        len(pieces),
        {room: fmean(values) for room, values in covered.items()},
        {room: fmean(values) for room, values in pure.items()},
        {room: fmean(values) for room, values in answered.items()},
    )


def _cut(library: Library, source: str, size: tuple[int, int]) -> list[Piece]:
    document = plain.read(library.texts[source])
    chunking = Chunking(size=size[0], overlap=size[1])
    return [
        Piece(Span(source, one.start, one.end), one.text, library.titles[source])
        for one in chunk(document, chunking)
    ]


def _fitting(pieces: Sequence[Piece], room: int) -> list[Piece]:
    """The first ones that fit, the last cut: every size fills the room."""
    given: list[Piece] = []
    for piece in pieces:
        if room <= 0:
            break
        end = min(piece.span.end, piece.span.start + room)
        span = Span(piece.span.source, piece.span.start, end)
        given.append(Piece(span, piece.text[: end - span.start], ""))
        room -= end - span.start
    return given


def _overlap(given: Sequence[Piece], gold: Sequence[Span]) -> tuple[float, float]:
    """Of the gold's characters those given, and of those given the gold's."""
    wanted, had = _marked(gold), _marked([piece.span for piece in given])
    both = sum(
        int((mine[: len(had[source])] & had[source][: len(mine)]).sum())
        for source, mine in wanted.items()
        if source in had
    )
    return both / max(1, _size(wanted)), both / max(1, _size(had))


def _marked(spans: Sequence[Span]) -> dict[str, npt.NDArray[np.bool_]]:
    """By source, which of its characters are in a span: those in two count once."""
    marked: dict[str, npt.NDArray[np.bool_]] = {}
    for source in {span.source for span in spans}:
        own = [span for span in spans if span.source == source]
        marked[source] = np.zeros(max(span.end for span in own), np.bool_)
        for span in own:
            marked[source][span.start : span.end] = True
    return marked


def _size(marked: Mapping[str, npt.NDArray[np.bool_]]) -> int:
    return sum(int(own.sum()) for own in marked.values())


class Search:
    """The product's functions over lists: BM25, vectors, fusion, reranking."""

    def __init__(self, pieces: Sequence[Piece], reranker: LocalReranker) -> None:
        self._pieces = pieces
        self._reranker = reranker
        words = [counted(piece.text, piece.heading) for piece in pieces]
        numbered = [(number, often, length) for number, (often, length) in enumerate(words)]
        self._listings: dict[str, list[Listing]] = defaultdict(list)
        for (term, block), data in packed(numbered).items():
            self._listings[term].append(Listing(term, block, data))
        self._extent = Extent(len(pieces), sum(length for *_, length in numbered), len(pieces))
        self._embedder = Embedder()
        self._vectors, _ = self._embedder.embed(
            [f"{piece.heading}\n\n{piece.text}" for piece in pieces], OWN_DIMENSION
        )

    def ranked(self, query: str) -> list[Piece]:
        wanted: Counter[str] = Counter(asked(query))
        listings = [one for term in wanted for one in self._listings.get(term, ())]
        words = [number for number, _ in best(listings, wanted, self._extent, DEPTH)]
        vector, _ = self._embedder.embed([query], OWN_DIMENSION)
        meaning = np.argsort(-(self._vectors @ vector[0]), kind="stable")[:DEPTH].tolist()
        fused = [one.key for one in fuse([words, meaning])]
        first = [self._pieces[number] for number in fused[:RERANKED]]
        scores = self._reranker.judged(query, [f"{one.heading}\n{one.text}" for one in first])
        order = sorted(range(len(first)), key=lambda place: -scores[place])
        return [*(first[place] for place in order), *(self._pieces[n] for n in fused[RERANKED:])]
