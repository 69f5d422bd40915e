"""The servers of a run, and what the product makes of their addresses."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from activities.enhancement import Enhancer
from activities.retriever import Retriever
from adapters.embedding.registry import embedders
from adapters.llm.choice import chat_model
from adapters.originals.store import originals_at
from adapters.rerank.local import LocalReranker
from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.store.collections import PostgresCollections
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from domain.ports.model import ChatModel, Embedder
from local.paths import PROJECT
from local.provider import ModelName
from local.stack import Options, running
from settings import Settings
from wiring import enhancer, fast_model

FOLDER = PROJECT / ".holdfast-eval"


@dataclass(frozen=True, slots=True)
class Place:
    database: Database
    documents: PostgresDocuments
    embedder: Embedder
    reranker: LocalReranker
    retriever: Retriever
    enhancer: Enhancer | None
    model: ChatModel
    settings: Settings


@asynccontextmanager
async def opened(model: ModelName) -> AsyncIterator[Place]:
    """Servers of this run's own, with nothing in them; gone at its end."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    options = Options(model=model)
    async with running(FOLDER, only=("postgres", "model"), options=options) as stack:
        settings = _settings(dict(stack.environment))
        async with AsyncExitStack() as held:
            database = Database(stack.database_url)
            held.push_async_callback(database.close)
            originals = originals_at(str(FOLDER / "originals"))
            reranker = LocalReranker()
            held.callback(reranker.close)
            reranker.preload()
            registry = embedders(settings.embedding, (), held)
            yield Place(
                database=database,
                documents=PostgresDocuments(database, originals, limit=1_000_000),
                embedder=registry.default,
                reranker=reranker,
                retriever=Retriever(
                    PostgresPassages(database),
                    registry,
                    PostgresVectors(database),
                    PostgresCollections(database),
                    reranker,
                ),
                enhancer=enhancer(fast_model(settings.enhancement, held), settings.enhancement),
                model=chat_model(settings.model, held),
                settings=settings,
            )
    shutil.rmtree(FOLDER, ignore_errors=True)


def _settings(environment: dict[str, str]) -> Settings:
    """As the product's processes read them, and nothing of this shell's."""
    nested: dict[str, object] = {}
    for name, value in environment.items():
        if not name.startswith("HOLDFAST_"):
            continue
        *path, last = name.removeprefix("HOLDFAST_").lower().split("__")
        inner: dict[str, object] = nested
        for part in path:
            found = inner.setdefault(part, {})
            if isinstance(found, dict):
                inner = found
        inner[last] = value
    return Settings.model_validate(nested)
