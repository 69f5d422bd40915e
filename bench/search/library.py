"""Build the spaces, as the product builds them: staged, then published."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import numpy as np

from adapters.search.publishing import publish
from adapters.search.vectors import keep_staged
from adapters.store.database import Database
from adapters.store.session import Session
from bench.search.corpus import Corpus, Sheet
from models.payloads.scope import Scope

MODEL: Final = "bench"
# Spaces of a size: 1,000 spaces, 200,000 passages.
WHOLE: Final = {
    100_000: 1,
    25_000: 1,
    10_000: 2,
    3_000: 6,
    300: 40,
    60: 200,
    30: 200,
    12: 550,
}
QUICK: Final = {10_000: 1, 1_000: 5, 100: 20, 10: 50}
# At once: one prepares while another's is written.
_BUILDERS: Final = 2

_SPACE: Final = "INSERT INTO space (id, organisation_id) VALUES ($1, $2)"
_COLLECTION: Final = """
INSERT INTO collection (space_id, organisation_id, name, chunker, chunk_size, chunk_overlap)
VALUES ($1, $2, 'general', 'semantic', 1500, 200), ($1, $2, 'rare', 'semantic', 1500, 200)
"""
_DOCUMENT: Final = """
INSERT INTO document (space_id, organisation_id, id, title, name, media_type, size, status,
    progress, passages, created_by, collection, live_version)
VALUES ($1, $2, $3, 'Notes', 'n.txt', 'text/plain', 1, 'ready', 1, $4, $3, $5, 1)
"""
_PASSAGES: Final = """
INSERT INTO passage (space_id, organisation_id, id, document_id, version, index, text, heading,
    start, "end", content_hash)
SELECT $1, $2, new.id, $3, 1, new.place - 1, new.text, '', 0, length(new.text),
    sha256(convert_to(new.text, 'UTF8'))
FROM unnest($4::uuid[], $5::text[]) WITH ORDINALITY AS new (id, text, place)
"""
# Every tenth document is in the small collection, which searches are narrowed to.
_RARE: Final = 10


@dataclass(slots=True)
class Space:
    """One that has been built; `vectors` are its passages' in the order of `ids`."""

    scope: Scope
    size: int
    ids: list[UUID]
    vectors: np.ndarray[tuple[int, int], np.dtype[np.float16]]
    rare: list[bool]


@dataclass(slots=True)
class Build:
    """What building took."""

    seconds: float = 0.0
    staging: float = 0.0
    publishing: float = 0.0
    slowest: float = 0.0
    """Of the publications, seconds."""
    documents: int = 0


async def built(
    database: Database, corpus: Corpus, sizes: dict[int, int]
) -> tuple[list[Space], Build]:
    """All spaces, interleaved as real ones grow."""
    took, began = Build(), time.monotonic()
    plans = [(size, seed) for size, count in sizes.items() for seed in range(count)]
    spaces: list[Space] = []
    waiting = iter(plans)

    async def builder() -> None:
        for size, seed in waiting:
            sheets = corpus.sheets(size, seed * 1_000_003 + size)
            spaces.append(await one(database, sheets, size, took))

    await asyncio.gather(*(builder() for _ in range(_BUILDERS)))
    took.seconds = time.monotonic() - began
    return sorted(spaces, key=lambda space: -space.size), took


async def one(database: Database, sheets: Iterable[Sheet], size: int, took: Build) -> Space:
    scope = Scope(organisation_id=uuid4(), space_id=uuid4())
    async with database.transaction(scope) as session:
        await session.fetch("INSERT INTO organisation (id) VALUES ($1)", scope.organisation_id)
        await session.fetch(_SPACE, scope.space_id, scope.organisation_id)
        await session.fetch(_COLLECTION, scope.space_id, scope.organisation_id)
    ids: list[UUID] = []
    vectors = []
    rare: list[bool] = []
    async for place, sheet in _prepared(sheets):
        small = place % _RARE == 0
        ids += await _add(database, scope, sheet, took, rare=small)
        vectors.append(sheet.vectors.astype(np.float16))
        rare += [small] * len(sheet.texts)
    return Space(scope, size, ids, np.concatenate(vectors), rare)


async def _prepared(sheets: Iterable[Sheet]) -> AsyncIterator[tuple[int, Sheet]]:
    """Made in a thread, so that the other builder goes on."""
    source = iter(sheets)
    place = 0
    while (sheet := await asyncio.to_thread(next, source, None)) is not None:
        yield place, sheet
        place += 1


async def _add(
    database: Database, scope: Scope, sheet: Sheet, took: Build, *, rare: bool
) -> Sequence[UUID]:
    document_id, ids = uuid4(), [uuid4() for _ in sheet.texts]
    owner = scope.space_id, scope.organisation_id, document_id
    collection = "rare" if rare else "general"

    async def stage(session: Session) -> None:
        await session.fetch(_DOCUMENT, *owner, len(ids), collection)
        await session.fetch(_PASSAGES, *owner, ids, sheet.texts)
        await keep_staged(session, MODEL, list(zip(ids, sheet.vectors, strict=True)))

    async def put(session: Session) -> None:
        await publish(session, document_id, 1)

    began = time.monotonic()
    await database.run(scope, stage)
    staged = time.monotonic()
    await database.run(scope, put)
    published = time.monotonic()
    took.staging += staged - began
    took.publishing += published - staged
    took.slowest = max(took.slowest, published - staged)
    took.documents += 1
    return ids
