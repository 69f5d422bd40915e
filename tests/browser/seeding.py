"""Conversations that were never held, straight in the tables: long ones, and answers in words that
no offline model would choose."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs
from sqlalchemy.engine import make_url

from domain.wire import encode
from local.stack import Stack
from models.payloads.events import (
    Event,
    EventId,
    LoggedEvent,
    RetrievalCompleted,
    TextCompleted,
    TurnCompleted,
    TurnStarted,
)
from models.payloads.sources import Source
from models.payloads.turn import Outcome

AGENT: Final = "general"
_SPACE: Final = """
SELECT set_config('app.space_id', $1, false), set_config('app.organisation_id', $2, false)
"""
_CONVERSATION: Final = """
INSERT INTO conversation (space_id, organisation_id, id, title, agent, kind, state, created_by,
    turn_counter, active_leaf) VALUES ($1, $2, $3, $4, $5, 'chat', 'active', $6, $7, $8)
"""
_TURN: Final = """
INSERT INTO turn (space_id, organisation_id, conversation_id, id, number, user_id, owner, agent,
    agent_version, user_message_id, request_id, steps, outcome, finish, started_at, ended_at)
SELECT $1, $2, $3, id, number, $4, 'seed', $5, 1, asked, '', 1, 'completed', 'stop', at, at
FROM unnest($6::uuid[], $7::bigint[], $8::uuid[], $9::timestamptz[]) AS t(id, number, asked, at)
"""
_MESSAGE: Final = """
INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position, role,
    content, turn_id, step)
SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::uuid[], $6::bigint[], $7::text[], $8::text[],
    $9::uuid[], $10::integer[])
"""
_EVENT: Final = """
INSERT INTO event (space_id, organisation_id, conversation_id, turn_number, sequence, turn_id,
    kind, payload, at)
SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::bigint[], $6::uuid[], $7::text[], $8::bytea[],
    $9::timestamptz[])
"""
_PASSAGE: Final = """
INSERT INTO turn_passage (space_id, organisation_id, turn_id, mark, source, text)
VALUES ($1, $2, $3, $4, $5::jsonb, $6)
"""


async def talk(
    stack: Stack, title: str, said: Sequence[tuple[str, str]], sources: Iterable[Source] = ()
) -> str:
    """A conversation of these questions and answers, by the stack's first person. The sources are
    each answer's."""
    conversation, rows = uuid4(), _Rows(tuple(sources))
    for question, answer in said:
        # A large one is made up meanwhile: whoever reads on must not wait for all of it.
        if len(rows.turns) % 500 == 0:
            await asyncio.sleep(0)
        rows.add(question, answer)
    url = make_url(stack.database_owner_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        async with connection.transaction():
            await _insert(connection, stack, (conversation, title), rows)
    finally:
        await connection.close()
    return str(conversation)


class _Rows:
    def __init__(self, sources: tuple[Source, ...]) -> None:
        self.sources = sources
        self.turns: list[tuple[Any, ...]] = []
        self.messages: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.leaf: UUID | None = None

    def add(self, question: str, answer: str) -> None:
        turn, asked, answered = uuid4(), uuid4(), uuid4()
        number, place = len(self.turns) + 1, len(self.messages)
        at = datetime.now(UTC) - timedelta(days=1) + timedelta(seconds=number)
        self.turns.append((turn, number, asked, at))
        self.messages += [
            (asked, self.leaf, place, "user", question, turn, None),
            (answered, asked, place + 1, "assistant", answer, turn, 1),
        ]
        told: list[Event] = [
            TurnStarted(message_id=asked, agent=AGENT, text=question),
            *([RetrievalCompleted(sources=self.sources)] if self.sources else []),
            TextCompleted(step=1, text=answer, message_id=answered),
            TurnCompleted(outcome=Outcome.COMPLETED, message_id=answered),
        ]
        for sequence, event in enumerate(told, 1):
            logged = LoggedEvent(id=EventId(number, sequence), at=at, turn_id=turn, event=event)
            self.events.append((number, sequence, turn, event.kind, encode(logged).data, at))
        self.leaf = answered


async def _insert(
    connection: Any,  # noqa: ANN401 - asyncpg has no types
    stack: Stack,
    named: tuple[UUID, str],
    rows: _Rows,
) -> None:
    of = stack.space_id, stack.organisation_id
    conversation, title = named
    await connection.execute(_SPACE, *map(str, of))
    await connection.execute(
        *(_CONVERSATION, *of, conversation, title, AGENT),
        *(stack.user_id, len(rows.turns), rows.leaf),
    )
    turns = map(list, zip(*rows.turns, strict=True))
    await connection.execute(_TURN, *of, conversation, stack.user_id, AGENT, *turns)
    for statement, held in ((_MESSAGE, rows.messages), (_EVENT, rows.events)):
        columns = map(list, zip(*held, strict=True))
        await connection.execute(statement, *of, conversation, *columns)
    for turn, *_ in rows.turns:
        for source in rows.sources:
            await connection.execute(
                *(_PASSAGE, *of, turn, source.mark, source.model_dump_json(), source.snippet)
            )
