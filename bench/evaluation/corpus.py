"""The passages in the real index: as documents of a space, with vectors of the offline server."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from adapters.search.postgres import PostgresPassages
from adapters.store.collections import PostgresCollections
from adapters.store.database import Database
from adapters.store.documents import PostgresDocuments
from bench.evaluation.questions import SourcePassage
from domain.ports.knowledge import NewPassage
from domain.ports.model import Embedder, Purpose
from models.payloads.ingestion import DocumentKey, DocumentStatus
from models.payloads.scope import Scope

# Asked for at once: one call to the offline server.
BATCH = 256
# Documents taken in at once: more than the machine has processors, since each waits for Postgres.
AT_ONCE = 4

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Corpus:
    """`names` says which of the set's passages each of ours is."""

    scope: Scope
    index: PostgresPassages
    collections: PostgresCollections
    names: Mapping[UUID, str]


async def new_space(database: Database) -> Scope:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    async with database.transaction(scope) as session:
        await session.fetch("INSERT INTO organisation (id) VALUES ($1)", scope.organisation_id)
        await session.fetch(
            "INSERT INTO space (id, organisation_id) VALUES ($1, $2)",
            *(scope.space_id, scope.organisation_id),
        )
    return scope


async def taken_in(
    database: Database,
    documents: PostgresDocuments,
    embedder: Embedder,
    passages: Sequence[SourcePassage],
) -> Corpus:
    """A document for each source, its passages as they were cut, published as any other's."""
    scope = await new_space(database)
    sources: dict[str, list[SourcePassage]] = defaultdict(list)
    for passage in passages:
        sources[passage.source].append(passage)
    keys = await _some_at_once(
        [partial(_kept, documents, scope, source, own) for source, own in sorted(sources.items())]
    )
    names = await _embedded(documents, embedder, keys, [sources[one] for one in sorted(sources)])
    await _some_at_once([partial(documents.finish, key, DocumentStatus.READY) for key in keys])
    return Corpus(scope, PostgresPassages(database), PostgresCollections(database), names)


async def _some_at_once(work: Sequence[Callable[[], Awaitable[Result]]]) -> list[Result]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(call: Callable[[], Awaitable[Result]]) -> Result:
        async with turn:
            return await call()

    return await asyncio.gather(*map(one, work))


async def _kept(
    documents: PostgresDocuments, scope: Scope, source: str, own: list[SourcePassage]
) -> DocumentKey:
    own.sort(key=lambda one: (one.start, one.id))
    title = own[0].title or source
    text = "\n\n".join(one.text for one in own)
    document, _ = await documents.add(
        scope,
        uuid4(),
        title=title,
        name=f"{source}.txt",
        media_type="text/plain",
        data=f"{source}\n\n{text}".encode(),
    )
    key = DocumentKey(scope=scope, document_id=document.id, version=document.version)
    starts = [0]
    for one in own:
        starts.append(starts[-1] + len(one.text) + 2)
    await documents.keep_passages(
        key,
        title,
        [
            NewPassage(place, one.text, "", start, start + len(one.text))
            for place, (one, start) in enumerate(zip(own, starts, strict=False))
        ],
    )
    return key


async def _embedded(
    documents: PostgresDocuments,
    embedder: Embedder,
    keys: Sequence[DocumentKey],
    sources: Sequence[Sequence[SourcePassage]],
) -> dict[UUID, str]:
    waiting: list[tuple[DocumentKey, UUID, str]] = []
    names: dict[UUID, str] = {}
    for key, own in zip(keys, sources, strict=True):
        lacking = await documents.passages_without_vector(key, embedder.name, 0, len(own))
        names |= {passage_id: one.id for (passage_id, _), one in zip(lacking, own, strict=True)}
        waiting += [(key, passage_id, text) for passage_id, text in lacking]
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        vectors, _ = await embedder.embed([text for *_, text in batch], Purpose.DOCUMENT)
        made: dict[DocumentKey, list[tuple[UUID, list[float]]]] = defaultdict(list)
        for (key, passage_id, _), vector in zip(batch, vectors, strict=True):
            made[key].append((passage_id, vector))
        await _some_at_once(
            [
                partial(documents.keep_vectors, key, embedder.name, own, None)
                for key, own in made.items()
            ]
        )
    return names
