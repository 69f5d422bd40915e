"""Retrieval answers in time, with vectors or without, and says which."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

import activities.retriever
from activities.retriever import Retriever
from adapters.embedding.openai import OpenAIEmbedder
from adapters.search.postgres import PostgresPassages
from adapters.store.documents import PostgresDocuments
from domain.ports.knowledge import NewPassage
from domain.ports.transcript import Passage
from models.errors import ModelUnavailableError, UnavailableError
from models.payloads.chat import Usage
from models.payloads.ingestion import DocumentStatus
from models.payloads.scope import Scope
from tests.knowledge.material import USER, HashingEmbedder, a_scope

FACTS = [
    "Customers get their money back within fourteen days of returning an article.",
    "The logo is never placed on a patterned background.",
    "Deliveries to islands take five working days.",
    "Our podcasts appear each Thursday at noon.",
]


class RememberingIndex:
    """Finds nothing, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Sequence[float] | None]] = []

    async def search(
        self,
        scope: Scope,
        text: str,
        vector: Sequence[float] | None,
        *,
        top_k: int,
        min_score: float | None = None,
    ) -> Sequence[Passage]:
        self.asked.append((text, vector))
        return []


async def test_a_paraphrase_is_found_by_its_meaning(
    documents: PostgresDocuments,
    passages: PostgresPassages,
    offline_embedder: OpenAIEmbedder,
    space: Scope,
) -> None:
    document, _ = await documents.add(
        space, USER, title="Facts", name="f.txt", media_type="", data="\n".join(FACTS).encode()
    )
    await documents.keep_passages(
        space,
        document.id,
        "Facts",
        [NewPassage(index, fact, "", 0, len(fact)) for index, fact in enumerate(FACTS)],
    )
    missing = await documents.passages_without_vector(space, document.id, 0, 10)
    vectors, _ = await offline_embedder.embed([text for _, text in missing])
    kept = [(key, vector) for (key, _), vector in zip(missing, vectors, strict=True)]
    await documents.keep_vectors(space, document.id, offline_embedder.name, kept, None)
    await documents.finish(space, document.id, DocumentStatus.READY)

    found = await Retriever(passages, offline_embedder).find(
        space, "refund period for returned purchases", top_k=2
    )

    assert found.error is None
    assert found.passages[0].text == FACTS[0]
    assert [entry.kind for entry in found.usage] == ["embedding"]
    assert found.usage[0].usage.input_tokens > 0


async def test_words_alone_answer_when_the_provider_fails() -> None:
    embedder, index = HashingEmbedder(), RememberingIndex()
    embedder.failures = [ModelUnavailableError("down")]

    found = await Retriever(index, embedder).find(a_scope(), "colour", top_k=3)

    assert (found.error, found.usage) == ("model_unavailable", ())
    assert index.asked == [("colour", None)]


async def test_words_alone_answer_when_the_provider_is_slow() -> None:
    class Silent(HashingEmbedder):
        """Never answers."""

        async def embed(self, texts: Sequence[str]) -> tuple[list[list[float]], Usage]:
            await asyncio.Event().wait()
            raise AssertionError

    index = RememberingIndex()
    retriever = Retriever(index, Silent(), embedding_time=timedelta(milliseconds=20))

    found = await retriever.find(a_scope(), "colour", top_k=3)

    assert found.error == "embedding_timeout"
    assert index.asked == [("colour", None)]


async def test_a_search_that_takes_too_long_is_named() -> None:
    class Stuck(RememberingIndex):
        """Never answers."""

        async def search(
            self,
            scope: Scope,
            text: str,
            vector: Sequence[float] | None,
            *,
            top_k: int,
            min_score: float | None = None,
        ) -> Sequence[Passage]:
            await asyncio.Event().wait()
            raise AssertionError

    retriever = Retriever(Stuck(), HashingEmbedder(), search_time=timedelta(milliseconds=20))

    with pytest.raises(UnavailableError) as late:
        await retriever.find(a_scope(), "colour", top_k=3)

    assert late.value.code == "search_timeout"


@pytest.mark.parametrize("query", ["", "  \n"])
async def test_an_empty_query_finds_nothing_and_costs_nothing(query: str) -> None:
    embedder, index = HashingEmbedder(), RememberingIndex()

    found = await Retriever(index, embedder).find(a_scope(), query, top_k=3)

    assert (found.passages, embedder.calls, index.asked) == ((), [], [])


async def test_a_very_long_query_is_cut() -> None:
    index = RememberingIndex()

    await Retriever(index, HashingEmbedder()).find(a_scope(), "word " * 20_000, top_k=3)

    assert len(index.asked[0][0]) == activities.retriever.QUERY_CHARACTERS
