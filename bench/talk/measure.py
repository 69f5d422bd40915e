"""How long readers wait."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID, uuid4

from adapters.store.branches import PostgresBranches
from adapters.store.conversations import PostgresConversations
from adapters.store.database import Database
from adapters.store.session import Session
from bench.talk.filling import WORDS, Filling
from domain.ports.conversations import Sought

_INSERT: Final = """
INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position, role,
    content, turn_id, step) VALUES ($1, $2, $3, $4, NULL, 0, 'assistant', $5, $4, 1)
"""
_SIZES: Final = """
SELECT pg_size_pretty(pg_table_size('message')) AS messages,
    pg_size_pretty(pg_table_size('message_words')) AS words,
    pg_size_pretty(pg_relation_size('ix_message_words_words')) AS index
"""


async def measured(database: Database, filling: Filling, rounds: int) -> AsyncIterator[str]:
    scope, conversations = filling.scope, PostgresConversations(database)
    sizes = await database.run(scope, lambda session: session.first(_SIZES))
    yield "sizes: " + ", ".join(f"{name} {size}" for name, size in dict(sizes or {}).items())
    for name, query in _queries(filling).items():

        async def search(query: str = query) -> object:
            return await conversations.page(scope, limit=20, cursor=None, sought=Sought(query))

        yield await _line(f"search {name}", search, rounds)

    cursor: str | None = None
    for name in ("first", "second"):

        async def page(cursor: str | None = cursor) -> str | None:
            found = await conversations.exchanges(scope, filling.longest, limit=30, cursor=cursor)
            return found.next_cursor

        yield await _line(f"{name} page of 30 exchanges of the longest", page, rounds)
        cursor = await page()

    async def fork() -> object:
        return await PostgresBranches(database).fork(
            scope, filling.user, filling.longest, fork_id=uuid4(), message_id=None, title=None
        )

    async def walk() -> object:
        branches = PostgresBranches(database)
        first = (await conversations.messages(scope, filling.longest, limit=1, cursor=None)).items
        return await branches.move_leaf(scope, filling.longest, first[0].id, newest=True)

    yield await _line("down from the first message of the longest", walk, 10)
    yield await _line("fork of the longest", fork, 3)
    yield await _line("an answer with its words", _answer(database, filling), rounds * 5)


def _queries(filling: Filling) -> Mapping[str, str]:
    words = filling.vocabulary
    return {
        "rare word": words[25_000],
        "usual word": words[1_000],
        "most frequent word": words[0],
        "beginning of one letter": "e",
        "beginning of three letters": words[500][:3],
        "two usual words": f"{words[100]} {words[150]}",
        "nothing": "nowhere99",
    }


def _answer(database: Database, filling: Filling) -> Callable[[], Awaitable[object]]:
    async def insert() -> object:
        async def work(session: Session) -> object:
            ids: tuple[UUID, ...] = (filling.scope.space_id, filling.scope.organisation_id)
            text = filling.text(WORDS[1])
            return await session.fetch(_INSERT, *ids, filling.longest, uuid4(), text)

        return await database.run(filling.scope, work)

    return insert


async def _line(name: str, ask: Callable[[], Awaitable[object]], rounds: int) -> str:
    await ask()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - begun) * 1_000)
    took.sort()
    middle, late = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.95))]
    return f"{name}: p50 {middle:.1f} ms, p95 {late:.1f} ms"
