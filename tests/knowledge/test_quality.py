"""What is found of other people's questions, on the real index: floors a little below what was
measured. `make eval` measures all of it."""

import zlib
from collections.abc import AsyncIterator
from statistics import fmean

import pytest

from activities.retriever import Retriever
from adapters.embedding.openai import OpenAIEmbedder
from adapters.embedding.registry import EmbedderRegistry
from adapters.rerank.local import LocalReranker
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.store.collections import PostgresCollections
from adapters.store.database import Database
from bench.evaluation.corpus import BATCH, Corpus
from bench.evaluation.questions import Question, loaded
from bench.evaluation.scoring import ndcg
from bench.evaluation.stages import FUSED, LEXICAL, RERANKED_STAGE, STAGES, VECTOR, WHOLE, Stages
from domain.query import Standalone
from tests.knowledge.conftest import add_space
from tests.knowledge.material import shared
from tests.knowledge.shelf import Book, Shelf

QUESTIONS, PASSAGES = 60, 360
Ranked = list[tuple[Question, dict[str, list[str]]]]


@pytest.fixture(scope="module")
async def reranker() -> AsyncIterator[LocalReranker]:
    reranker = LocalReranker()
    reranker.preload()
    yield reranker
    reranker.close()


@pytest.fixture(scope="module")
async def ranked(
    database: Database, offline_embedder: OpenAIEmbedder, reranker: LocalReranker
) -> Ranked:
    """Some of the questions over some of the passages, theirs among them."""
    whole = loaded(shared("retrieval", "mtrag-un") / "reference.jsonl")
    asked = sorted(whole.findable, key=lambda one: zlib.crc32(one.id.encode()))[:QUESTIONS]
    gold = {name for question in asked for name in question.gold}
    passages = sorted(whole.passages, key=lambda one: (one.id not in gold, one.id))[:PASSAGES]
    texts = [one.text for one in passages]
    vectors: list[list[float]] = []
    for start in range(0, len(texts), BATCH):
        vectors += (await offline_embedder.embed(texts[start : start + BATCH]))[0]
    scope = await add_space(database)
    book = Book(texts, vectors, title="", model=offline_embedder.name)
    ids = await Shelf(database, scope).put(book)
    index, collections = PostgresPassages(database), PostgresCollections(database)
    names = {key: one.id for key, one in zip(ids, passages, strict=True)}
    retriever = Retriever(
        index,
        EmbedderRegistry(offline_embedder),
        PostgresVectors(database),
        collections,
        reranker,
    )
    corpus = Corpus(scope, index, collections, names)
    stages = Stages(corpus, offline_embedder, reranker, retriever)
    return [(one, await stages.rank(Standalone(one.text))) for one in asked]


def quality(ranked: Ranked, stage: str) -> float:
    return fmean(ndcg(found[stage], question.gold) for question, found in ranked)


@pytest.mark.parametrize(
    ("stage", "floor"),
    [(LEXICAL, 0.88), (VECTOR, 0.79), (FUSED, 0.88), (RERANKED_STAGE, 0.89), (WHOLE, 0.87)],
)
async def test_each_stage_finds_as_much_as_it_did(ranked: Ranked, stage: str, floor: float) -> None:
    assert quality(ranked, stage) >= floor


async def test_reranking_finds_more_than_fusion(ranked: Ranked) -> None:
    assert quality(ranked, RERANKED_STAGE) > quality(ranked, FUSED)


async def test_nothing_is_given_twice(ranked: Ranked) -> None:
    for _, found in ranked:
        for stage in STAGES:
            assert len(set(found[stage])) == len(found[stage])
