"""What a step starts from: the active path from its leaf up, as far as it may cost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from domain.ports.transcript import Passage, StepContext
from domain.wire import decode
from models.payloads.chat import Role, StoredMessage
from models.payloads.sources import Source
from models.payloads.turn import CallStatus, ThinkReply

# One row, whatever the conversation's length: the walk stops at the given number of messages and
# characters, though not before the newest user message. OFFSET 0 has each parent looked up by its
# id: a planner that knows no better yet hashes the whole conversation instead.
LOAD = """
WITH RECURSIVE here AS (
    SELECT t.number, t.fence_step, t.fence_attempt, t.outcome IS NOT NULL AS ended, c.active_leaf,
        c.tainted, t.user_id
    FROM turn t JOIN conversation c ON c.space_id = $1 AND c.id = $2
    WHERE t.space_id = $1 AND t.conversation_id = $2 AND t.id = $3
), path AS (
    SELECT m.id, m.parent_id, m.role, m.content, m.turn_id, m.step, m.calls, 1 AS depth,
        m.role = 'user' AS asked, w.size AS total
    FROM here
    JOIN message m ON m.space_id = $1 AND m.conversation_id = $2 AND m.id = here.active_leaf
    CROSS JOIN LATERAL (
        SELECT length(m.content) + CASE WHEN m.calls = '[]' THEN 0 ELSE coalesce((
            SELECT sum(length(k.raw_arguments) + length(k.result)) FROM tool_call k
            WHERE k.space_id = $1 AND k.turn_id = m.turn_id AND k.step = m.step), 0) END AS size
    ) w
    UNION ALL
    SELECT m.id, m.parent_id, m.role, m.content, m.turn_id, m.step, m.calls, p.depth + 1,
        p.asked OR m.role = 'user', p.total + w.size
    FROM path p
    CROSS JOIN LATERAL (
        SELECT * FROM message
        WHERE space_id = $1 AND conversation_id = $2 AND id = p.parent_id OFFSET 0
    ) m
    CROSS JOIN LATERAL (
        SELECT length(m.content) + CASE WHEN m.calls = '[]' THEN 0 ELSE coalesce((
            SELECT sum(length(k.raw_arguments) + length(k.result)) FROM tool_call k
            WHERE k.space_id = $1 AND k.turn_id = m.turn_id AND k.step = m.step), 0) END AS size
    ) w
    WHERE NOT p.asked OR (p.depth < $6 AND p.total + w.size <= $5)
)
SELECT here.number, here.fence_step, here.fence_attempt, here.ended, here.tainted, here.user_id,
    clock_timestamp() AS now,
    (SELECT s.reply FROM step s WHERE s.space_id = $1 AND s.turn_id = $3 AND s.step = $4) AS reply,
    ARRAY(SELECT e.payload FROM event e WHERE e.space_id = $1 AND e.conversation_id = $2
        AND e.turn_number = here.number ORDER BY e.sequence) AS events,
    (SELECT json_agg(json_build_object(
            'id', p.id, 'role', p.role, 'content', p.content, 'parent_id', p.parent_id,
            'turn_id', p.turn_id, 'calls', p.calls, 'results', CASE WHEN p.calls <> '[]' THEN (
                SELECT json_object_agg(k.call_id, json_build_object('status', k.status,
                    'result', k.result, 'ended', k.ended_at IS NOT NULL))
                FROM tool_call k
                WHERE k.space_id = $1 AND k.turn_id = p.turn_id AND k.step = p.step) END
        ) ORDER BY p.depth DESC) FROM path p) AS history,
    (SELECT json_agg(json_build_object('source', q.source, 'text', q.text) ORDER BY q.mark)
        FROM turn_passage q WHERE q.space_id = $1 AND q.turn_id = $3) AS passages
FROM here
"""


# One validation for all: half the cost of one for each.
_MESSAGES: TypeAdapter[list[StoredMessage]] = TypeAdapter(list[StoredMessage])


def context(row: Mapping[str, Any]) -> StepContext:
    """What the row of LOAD says."""
    reply = row["reply"]
    return StepContext(
        reply=None if reply is None else ThinkReply.model_validate(reply),
        events=tuple(decode(payload) for payload in row["events"]),
        history=tuple(with_results(row["history"] or ())),
        passages=tuple(
            Passage(source=Source.model_validate(passage["source"]), text=passage["text"])
            for passage in row["passages"] or ()
        ),
        now=row["now"],
        tainted=row["tainted"],
        user_id=row["user_id"],
    )


def with_results(messages: Sequence[Mapping[str, Any]]) -> Iterator[StoredMessage]:
    """Each message, and behind an assistant's the results of its calls."""
    for found, message in zip(messages, _MESSAGES.validate_python(messages), strict=True):
        yield message
        results = found.get("results") or {}
        for call in message.calls:
            yield StoredMessage(
                id=result_id(message.id, call.call_id),
                role=Role.TOOL,
                content=_said(results.get(call.call_id)),
                parent_id=message.id,
                turn_id=message.turn_id,
                call_id=call.call_id,
            )


def result_id(message: UUID, call: str) -> UUID:
    """A result is part of its call's row: its id is made up, the same each time."""
    return uuid5(message, call)


def _said(result: Mapping[str, Any] | None) -> str:
    """Providers want every call answered, so one that never ended says that."""
    if result is None:
        return "This call is not known any more."
    if not result["ended"]:
        status = CallStatus(result["status"])
        return f"No result: the turn ended while this call was {status.value}."
    return str(result["result"])
