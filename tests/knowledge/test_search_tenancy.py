"""A search never returns, times or counts what another space has."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from adapters.search.postgres import PostgresPassages
from adapters.search.vectors import PostgresVectors
from adapters.store.database import Database
from adapters.store.session import Session
from models.payloads.knowledge import Filters
from tests.knowledge.conftest import NewSpace
from tests.knowledge.material import vector_of
from tests.knowledge.shelf import MODEL, Shelf, a_book, ids_of, texts_of

SPACES = 50
# A space's rows of any kind: passages, codes, vectors, its own words' lists.
OWN_ROWS = 60


@dataclass(frozen=True, slots=True)
class Tenant:
    shelf: Shelf
    ids: Sequence[UUID]
    document_id: UUID


@pytest.fixture(scope="module")
async def tenants(database: Database, new_space: NewSpace) -> list[Tenant]:
    """All of them say the same words, each with a number of its own."""

    async def move_in(number: int) -> Tenant:
        shelf, book = Shelf(database, await new_space()), a_book(*texts_of(number, 5))
        return Tenant(shelf, await shelf.put(book), book.id)

    return list(await asyncio.gather(*(move_in(number) for number in range(SPACES))))


async def test_fifty_spaces_at_once_each_find_their_own(
    passages: PostgresPassages, tenants: list[Tenant]
) -> None:
    chance = random.Random(7)  # noqa: S311 - a test's course

    async def look(mine: Tenant) -> None:
        theirs = chance.choice(tenants)
        text = chance.choice(["amber cedar", *texts_of(tenants.index(theirs), 3)])
        scope, vector = mine.shelf.scope, vector_of(text)
        match chance.randrange(5):
            case 0:
                found = ids_of(await passages.lexical(scope, text, limit=200))
            case 1:
                found = ids_of(await passages.semantic(scope, vector, model=MODEL, limit=200))
                assert len(found) == 5
            case 2:
                asked = [*theirs.ids, *mine.ids]
                loaded = await passages.load(scope, asked, query=text, vectors=True)
                found = [one.passage.source.passage_id for one in loaded]
            case 3:
                documents = [theirs.document_id, mine.document_id]
                found = list(await passages.of_documents(scope, documents, limit=200))
            case _:
                filters = Filters(documents=(theirs.document_id, mine.document_id))
                found = ids_of(
                    await passages.semantic(scope, vector, model=MODEL, limit=200, filters=filters)
                )
        assert set(found) <= set(mine.ids)

    for _ in range(10):
        await asyncio.gather(*(look(tenant) for tenant in chance.sample(tenants, 40)))


async def test_scores_do_not_change_with_what_other_spaces_have(
    passages: PostgresPassages, tenants: list[Tenant], database: Database, new_space: NewSpace
) -> None:
    mine = tenants[0].shelf.scope
    before = await passages.lexical(mine, "amber cedar", limit=9)

    await Shelf(database, await new_space()).put(a_book(*["amber cedar"] * 100))

    assert await passages.lexical(mine, "amber cedar", limit=9) == before


def _scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan or "Index Name" in plan:
        yield plan
    for part in plan.get("Plans", []):
        yield from _scans(part)


async def test_every_statement_of_a_search_reads_rows_of_its_space_alone(
    tenants: list[Tenant], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[tuple[str, dict[str, Any]]] = []
    fetch = Session.fetch

    async def explained(self: Session, sql: str, *values: object) -> Sequence[Any]:
        if "FROM" in sql and "pg_" not in sql:
            rows = await fetch(self, f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
            plans.append((sql, rows[0][0][0]["Plan"]))
        return await fetch(self, sql, *values)

    monkeypatch.setattr(Session, "fetch", explained)
    mine, index = tenants[3], PostgresPassages(database)
    scope, vector = mine.shelf.scope, vector_of("amber")
    everything = Filters(
        collections=("general",), authors=("ann",), languages=("de",), keywords=("launch",)
    )
    for filters in (None, everything, Filters(documents=(mine.document_id,))):
        await index.lexical(scope, "amber cedar delta", limit=9, filters=filters)
        await index.semantic(scope, vector, model=MODEL, limit=9, filters=filters)
        await index.pictures(scope, [1.0], model=MODEL, limit=9, filters=filters)
    await index.load(scope, mine.ids, query="amber", vectors=True)
    await index.of_documents(scope, [mine.document_id], limit=9)
    await PostgresVectors(database).missing(scope, MODEL, None, 9)

    assert len(plans) >= 15
    for sql, plan in plans:
        for scan in _scans(plan):
            assert scan["Node Type"] != "Seq Scan", sql
            passed = scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)
            assert passed * scan["Actual Loops"] <= OWN_ROWS, (sql, scan)
            if "Index Cond" in scan:
                assert "space_id" in scan["Index Cond"], (sql, scan)
