"""Postgres away for longer than one transaction is tried for."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from adapters.store.database import PAUSES, Database
from adapters.store.notes import PostgresNotes
from adapters.store.tool_calls import PostgresToolCalls
from models.payloads.turn import CallStatus
from tests.chaos.proxy import Direction, Proxy, Ruling, Watch
from tests.store.stage import Stage


@asynccontextmanager
async def back_late(stage: Stage) -> AsyncIterator[Database]:
    """Lets a connection in only when more were cut than one transaction's tries make, of which
    each may ask twice: with encryption, and without."""
    refused = 2 * (len(PAUSES) + 1)
    connections = itertools.count()

    def watching() -> Watch:
        away = next(connections) <= refused

        def judge(_: Direction, __: bytes) -> Ruling:
            return "cut" if away else "pass"

        return judge

    async with Proxy.before(stage.urls["app"], watching=watching) as proxy:
        database = Database(proxy.instead(stage.urls["app"]))
        yield database
        await database.close()


async def test_a_call_starts_and_ends_across_restarts_of_the_database(stage: Stage) -> None:
    message, call = await stage.with_call()
    turn = stage.turn(message)

    async with back_late(stage) as database:
        started = await PostgresToolCalls(database).start(
            turn, call.call_id, repeatable=False, expired=False, broken=False
        )
    async with back_late(stage) as database:
        ended = await PostgresToolCalls(database).finish(
            turn, call.call_id, CallStatus.COMPLETED, "done", usage=()
        )

    assert (started.run, ended) == (True, CallStatus.COMPLETED)


async def test_a_note_is_published_across_a_restart_of_the_database(stage: Stage) -> None:
    key = uuid4()

    async with back_late(stage) as database:
        await PostgresNotes(database).publish(stage.scope, key, title="Title", body="Text")

    [row] = await stage.sql("SELECT title FROM note WHERE id = $1", key)
    assert row["title"] == "Title"
