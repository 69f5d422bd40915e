"""Search finds by words and by meaning, always enough, and never in another space."""

import json
import random
from collections.abc import Sequence
from uuid import UUID

import pytest

from adapters.embedding.openai import OpenAIEmbedder
from adapters.search import postgres
from adapters.search.postgres import PostgresPassages
from adapters.search.vector import literal
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import NewPassage
from domain.ports.transcript import Passage
from models.errors import InvalidError
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope
from tests.knowledge.conftest import NewSpace, add_space
from tests.knowledge.material import USER, shared, vector_of

WORDS = ["amber", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbour", "island"]


async def publish(
    documents: PostgresDocuments,
    scope: Scope,
    texts: list[str],
    *,
    vectors: list[list[float]] | None = None,
    ready: bool = True,
) -> None:
    """One document of these passages."""
    document, _ = await documents.add(
        scope, USER, title="Notes", name="n.txt", media_type="", data="\n".join(texts).encode()
    )
    new = [NewPassage(index, text, "Part", 0, len(text)) for index, text in enumerate(texts)]
    await documents.keep_passages(scope, document.id, "Notes", new)
    missing = await documents.passages_without_vector(scope, document.id, 0, len(texts))
    vectors = vectors or [vector_of(text) for text in texts]
    kept = [(key, vector) for (key, _), vector in zip(missing, vectors, strict=True)]
    await documents.keep_vectors(scope, document.id, "hashing-1", kept, None)
    if ready:
        await documents.finish(scope, document.id, DocumentStatus.READY)


def texts_of(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)  # noqa: S311 -- texts, not secrets
    return [f"{' '.join(chance.choices(WORDS, k=6))} {seed}x{number}" for number in range(count)]


async def test_a_question_in_whole_sentences_finds_its_passage(
    documents: PostgresDocuments, passages: PostgresPassages, space: Scope
) -> None:
    await publish(
        documents,
        space,
        ["Refunds are paid within 14 days.", "Our colours are blue and white.", "The office dog."],
    )

    found = await passages.search(
        space, "How long does it take until I am refunded?", None, top_k=2
    )

    assert [passage.text for passage in found] == ["Refunds are paid within 14 days."]
    source = found[0].source
    assert (source.mark, source.title, source.heading) == (1, "Notes", "Part")
    assert (source.start, source.end, source.score) == (0, 32, 1.0)


async def test_both_streams_are_fused_and_marked_in_order(
    documents: PostgresDocuments, passages: PostgresPassages, space: Scope
) -> None:
    await publish(documents, space, texts_of(1, 40))

    found = await passages.search(space, "1x7", vector_of("1x7"), top_k=10)

    assert len(found) == 10
    assert "1x7" in found[0].text
    assert [passage.source.mark for passage in found] == [*range(1, 11)]
    scores = [passage.source.score for passage in found]
    assert scores == sorted(scores, reverse=True)


async def test_a_least_score_leaves_out_the_rest(
    documents: PostgresDocuments, passages: PostgresPassages, space: Scope
) -> None:
    await publish(documents, space, texts_of(2, 40))

    found = await passages.search(space, "amber", vector_of("amber"), top_k=20, min_score=0.5)

    assert 0 < len(found) < 20
    assert all(passage.source.score >= 0.5 for passage in found)


async def test_an_unpublished_document_is_not_found(
    documents: PostgresDocuments, passages: PostgresPassages, space: Scope
) -> None:
    await publish(documents, space, ["A secret draft."], ready=False)

    assert not await passages.search(space, "secret draft", vector_of("secret"), top_k=5)


async def test_a_search_never_returns_what_another_space_has(
    documents: PostgresDocuments, passages: PostgresPassages, new_space: NewSpace
) -> None:
    mine, theirs, empty = await new_space(), await new_space(), await new_space()
    await publish(documents, mine, texts_of(3, 30))
    await publish(documents, theirs, texts_of(4, 30))

    for text in ["amber cedar", "3x1", "4x1", *texts_of(4, 3)]:
        found = await passages.search(mine, text, vector_of(text), top_k=100)
        assert len(found) == 30
        assert all(" 3x" in passage.text for passage in found)
        assert not await passages.search(empty, text, vector_of(text), top_k=100)


async def uses_the_graph(database: Database, scope: Scope) -> bool:
    async with database.transaction(scope) as session:
        plan = await session.fetch(
            f"EXPLAIN {postgres.APPROXIMATE}", scope.space_id, "x", literal(vector_of("x")), 50
        )
    return any("ix_passage_embedding" in row[0] for row in plan)


async def test_a_small_space_beside_a_large_one_always_gets_its_rows(
    graph_database: Database,
) -> None:
    # All of the large space is nearer to the question than anything in the small one: the graph
    # alone would give rows of the large one, which the filter drops.
    large, small = await add_space(graph_database), await add_space(graph_database)
    documents = PostgresDocuments(graph_database)
    await publish(documents, large, [f"amber amber amber {number}" for number in range(500)])
    await publish(documents, small, [f"basalt {number}" for number in range(15)])
    asked = vector_of("amber amber")

    assert await uses_the_graph(graph_database, small)
    for exact_up_to in (0, 2_000):
        index = PostgresPassages(graph_database, exact_up_to=exact_up_to)
        few = await index.search(small, "nothing", asked, top_k=10)
        many = await index.search(large, "nothing", asked, top_k=10)

        assert len(few) == 10
        assert all(passage.text.startswith("basalt") for passage in few)
        assert len(many) == 10


async def test_a_graph_that_gives_up_early_is_made_good_by_the_exact_scan(
    graph_database: Database,
) -> None:
    space = await add_space(graph_database)
    await publish(PostgresDocuments(graph_database), space, [f"fjord {n}" for n in range(60)])
    asked = vector_of("fjord")

    async with graph_database.transaction(space) as session:
        # A graph search without patience, as one of millions of foreign rows would be.
        await session.fetch("SET LOCAL hnsw.ef_search = 10")
        rows = await session.fetch(
            postgres.APPROXIMATE, space.space_id, "nothing", literal(asked), 50
        )
        streams = await postgres.made_good(session, rows, "nothing", literal(asked), 50)

    assert len(rows) < 50
    assert len(streams[0]) == 50


async def test_the_graph_finds_what_the_exact_scan_finds(
    graph_database: Database, offline_embedder: OpenAIEmbedder
) -> None:
    source = shared("retrieval", "mtrag-un") / "reference.jsonl"
    tasks = [json.loads(line) for line in source.read_text().splitlines()]
    texts = list({c["text"].strip(): None for task in tasks for c in task["contexts"]})[:400]
    vectors, _ = await offline_embedder.embed(texts[:200])
    more, _ = await offline_embedder.embed(texts[200:])
    vectors += more
    one, other = await add_space(graph_database), await add_space(graph_database)
    documents = PostgresDocuments(graph_database)
    await publish(documents, one, texts[:330], vectors=vectors[:330])
    await publish(documents, other, texts[330:], vectors=vectors[330:])
    questions = [task["input"][-1]["text"] for task in tasks[:25]]
    asked, _ = await offline_embedder.embed(questions)

    exact = PostgresPassages(graph_database)
    graph = PostgresPassages(graph_database, exact_up_to=0)
    kept = 0
    for space in (one, other):
        for vector in asked:
            truth = await exact.search(space, "", vector, top_k=10)
            found = await graph.search(space, "", vector, top_k=10)
            assert len(found) == 10
            kept += len(ids(truth) & ids(found))

    assert kept >= 0.95 * 2 * 25 * 10


def ids(passages: Sequence[Passage]) -> set[UUID]:
    return {passage.source.passage_id for passage in passages}


HOSTILE = [
    "",
    "the of and",
    "a & b | !c <-> (d:*)",
    "'; DROP TABLE passage; --",
    '-amber "cedar',
    "nul \x00 and \ud800",
    "http://a.example/x?a=1&b='\\",
    "word " * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_any_text_is_a_query(
    documents: PostgresDocuments, passages: PostgresPassages, space: Scope, text: str
) -> None:
    await publish(documents, space, ["amber cedar", "delta ember"])

    await passages.search(space, text, None, top_k=5)
    assert len(await passages.search(space, text, vector_of("amber"), top_k=5)) == 2


@pytest.mark.parametrize("top_k", [0, -1, 101, 10**6])
async def test_a_senseless_number_of_results_is_refused(
    passages: PostgresPassages, space: Scope, top_k: int
) -> None:
    with pytest.raises(InvalidError) as refused:
        await passages.search(space, "amber", None, top_k=top_k)

    assert refused.value.code == "top_k_invalid"
