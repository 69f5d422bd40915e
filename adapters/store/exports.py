"""Conversations taken out: read in parts, each a transaction of its own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from adapters.store.history import message
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.ports.export import ExportedCall, ExportedMessage
from models.payloads.scope import Scope
from models.payloads.turn import CallStatus, Outcome

# Messages in memory at once: some megabytes when all are as long as can be.
PART: Final = 100

_COLUMNS = """m.*, t.agent, t.outcome, CASE WHEN m.role = 'assistant' THEN (
        SELECT json_agg(q.source ORDER BY q.mark) FROM turn_passage q
        WHERE q.space_id = $1 AND q.turn_id = m.turn_id AND q.mark > 0) END AS sources,
    m.step = (SELECT max(step) FROM message l WHERE l.space_id = $1 AND l.turn_id = m.turn_id
        AND NOT l.withdrawn) AS last,
    CASE WHEN m.calls <> '[]' THEN (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.index) FROM tool_call k
        WHERE k.space_id = $1 AND k.turn_id = m.turn_id AND k.step = m.step) END AS called"""
# Positions are the order of parents before children; ids tell apart what shares one.
_TREE = f"""
SELECT {_COLUMNS} FROM (
    SELECT * FROM message WHERE space_id = $1 AND conversation_id = $2
        AND (position, id) > ($3::integer, $4::uuid) AND NOT withdrawn
    ORDER BY position, id LIMIT $5
) m LEFT JOIN turn t ON t.space_id = $1 AND t.id = m.turn_id
ORDER BY m.position, m.id
"""  # noqa: S608 - made of our own parts
_PATH = """
WITH RECURSIVE path AS (
    SELECT m.id, m.parent_id, m.position, m.withdrawn FROM conversation c
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = c.active_leaf
    WHERE c.space_id = $1 AND c.id = $2
    UNION ALL
    SELECT m.id, m.parent_id, m.position, m.withdrawn FROM path p
    CROSS JOIN LATERAL (SELECT * FROM message
        WHERE space_id = $1 AND conversation_id = $2 AND id = p.parent_id OFFSET 0) m
)
SELECT id FROM path WHERE NOT withdrawn ORDER BY position
"""
_SOME = f"""
SELECT {_COLUMNS} FROM unnest($3::uuid[]) AS wanted(id)
CROSS JOIN LATERAL (SELECT * FROM message
    WHERE space_id = $1 AND conversation_id = $2 AND id = wanted.id AND NOT withdrawn OFFSET 0) m
LEFT JOIN turn t ON t.space_id = $1 AND t.id = m.turn_id
ORDER BY m.position
"""  # noqa: S608 - made of our own parts
_LEAF = "SELECT active_leaf FROM conversation WHERE space_id = $1 AND id = $2"


class PostgresExports(Repository):
    """An Exports."""

    async def tree(
        self, scope: Scope, conversation_id: UUID
    ) -> AsyncIterator[Sequence[ExportedMessage]]:
        position, last = -1, UUID(int=0)
        while True:
            rows = await self._fetch(scope, _TREE, conversation_id, position, last, PART)
            if rows:
                yield [_exported(row) for row in rows]
            if len(rows) < PART:
                return
            position, last = rows[-1]["position"], rows[-1]["id"]

    async def path(
        self, scope: Scope, conversation_id: UUID
    ) -> AsyncIterator[Sequence[ExportedMessage]]:
        ids = [row["id"] for row in await self._fetch(scope, _PATH, conversation_id)]
        for start in range(0, len(ids), PART):
            some = ids[start : start + PART]
            rows = await self._fetch(scope, _SOME, conversation_id, some)
            yield [_exported(row) for row in rows]

    async def leaf(self, scope: Scope, conversation_id: UUID) -> UUID | None:
        rows = await self._fetch(scope, _LEAF, conversation_id)
        return rows[0]["active_leaf"] if rows else None

    async def _fetch(
        self, scope: Scope, statement: str, conversation_id: UUID, *values: object
    ) -> Sequence[Mapping[str, Any]]:
        async def work(session: Session) -> Sequence[Mapping[str, Any]]:
            return await session.fetch(statement, scope.space_id, conversation_id, *values)

        return await self._run(scope, work)


def _exported(row: Mapping[str, Any]) -> ExportedMessage:
    return ExportedMessage(
        message=message(row),
        step=row["step"],
        agent=row["agent"] or "",
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        last=bool(row["last"]),
        calls=tuple(_call(call) for call in row["called"] or ()),
    )


def _call(row: Mapping[str, Any]) -> ExportedCall:
    return ExportedCall(
        call_id=row["call_id"],
        name=row["name"],
        arguments=row["arguments"],
        raw_arguments=row["raw_arguments"],
        ruling=row["ruling"],
        approval_id=row["approval_id"],
        status=CallStatus(row["status"]),
        result=row["result"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )
