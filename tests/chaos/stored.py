"""What Postgres has of a conversation, read as the tables' owner inside its space."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from domain.wire import decode
from tests.chaos.evidence import StoredLog, StoredMessage, StoredTurn
from tests.chaos.site import Site

CONNECT_SECONDS = 30.0
_SPACE = """
SELECT set_config('app.space_id', $1, false), set_config('app.organisation_id', $2, false)
"""
_TURNS = """
SELECT id, conversation_id, number, user_message_id, outcome, error_code, error_detail
FROM turn WHERE conversation_id = ANY($1) ORDER BY number
"""
_EVENTS = """
SELECT conversation_id, payload FROM event WHERE conversation_id = ANY($1)
ORDER BY turn_number, sequence
"""
_MESSAGES = """
SELECT conversation_id, id, turn_id, role, content FROM message
WHERE conversation_id = ANY($1) AND NOT withdrawn ORDER BY position
"""
_RECEIPTS = (
    "SELECT conversation_id, message_id, turn_id FROM receipt WHERE conversation_id = ANY($1)"
)
_USAGE = """
SELECT conversation_id, turn_id, count(*) AS rows FROM usage
WHERE conversation_id = ANY($1) AND kind = 'chat' GROUP BY conversation_id, turn_id
"""
_NOTES = "SELECT title FROM note"

Rows = dict[UUID, list[Any]]


@asynccontextmanager
async def reading(site: Site) -> AsyncIterator[asyncpg.Connection]:
    """One connection that sees the stack's own space."""
    connection = await _connected(site)
    try:
        await connection.execute("SET default_transaction_read_only = on")
        await connection.fetch(_SPACE, str(site.space_id), str(site.organisation_id))
        yield connection
    finally:
        await connection.close()


async def _connected(site: Site) -> asyncpg.Connection:
    async with asyncio.timeout(CONNECT_SECONDS):
        while True:
            try:
                return await asyncpg.connect(site.owner_url, timeout=5)
            except (OSError, asyncpg.PostgresError):  # it may have been the fault's target
                await asyncio.sleep(0.1)


async def logs(site: Site, conversations: Collection[UUID]) -> dict[UUID, StoredLog]:
    """All of them, whether anything is stored or not."""
    asked = list(conversations)
    async with reading(site) as connection:
        turns, events, messages, receipts, usage = [
            _by_conversation(await connection.fetch(statement, asked))
            for statement in (_TURNS, _EVENTS, _MESSAGES, _RECEIPTS, _USAGE)
        ]
        notes = Counter(row["title"] for row in await connection.fetch(_NOTES))
    return {
        one: StoredLog(
            conversation_id=one,
            turns=tuple(map(_turn, turns.get(one, ()))),
            events=tuple(decode(row["payload"]) for row in events.get(one, ())),
            messages=tuple(map(_message, messages.get(one, ()))),
            receipts=tuple((row["message_id"], row["turn_id"]) for row in receipts.get(one, ())),
            chat_usage={row["turn_id"]: row["rows"] for row in usage.get(one, ())},
            notes={
                row["message_id"]: notes[str(row["message_id"])] for row in receipts.get(one, ())
            },
        )
        for one in asked
    }


def _by_conversation(rows: Collection[Any]) -> Rows:
    found: Rows = {}
    for row in rows:
        found.setdefault(row["conversation_id"], []).append(row)
    return found


def _turn(row: Any) -> StoredTurn:  # noqa: ANN401 - a record of asyncpg's, which has no types
    return StoredTurn(
        id=row["id"],
        number=row["number"],
        message_id=row["user_message_id"],
        outcome=row["outcome"],
        error_code=row["error_code"],
        error_detail=row["error_detail"],
    )


def _message(row: Any) -> StoredMessage:  # noqa: ANN401 - see above
    return StoredMessage(row["id"], row["turn_id"], row["role"], row["content"])


async def still_open(site: Site, conversations: Collection[UUID]) -> list[UUID]:
    """Turns of these conversations that have not ended."""
    statement = "SELECT id FROM turn WHERE outcome IS NULL AND conversation_id = ANY($1)"
    async with reading(site) as connection:
        return [row["id"] for row in await connection.fetch(statement, list(conversations))]
