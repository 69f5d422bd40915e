"""A path of one conversation's tree, copied into a conversation of its own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from adapters.store.forked_path import CopiedTurn, copied_turns, path_of
from adapters.store.session import Session
from adapters.store.stored import clean
from adapters.store.trail import record
from domain.forking import cut, renamed
from domain.wire import decode, encode
from models import ids
from models.errors import NotFoundError

# Turns whose events are in memory at once.
BATCH: Final = 200
# Messages of one statement: far below what it may take.
MESSAGES: Final = 1_000

# Turns go on meanwhile: what they add is not on the path that was read, and what ends is copied as
# it was. Erasing waits.
_SOURCE = """
SELECT c.active_leaf FROM conversation c WHERE c.space_id = $1 AND c.id = $2 FOR KEY SHARE
"""
# What one person wrote, another does not vouch for; and what a conversation has seen, its fork has.
_CONVERSATION = """
INSERT INTO conversation (space_id, organisation_id, id, title, agent, kind, state, created_by,
    tainted, turn_counter, active_leaf, forked_from, provisional)
SELECT $1, $2, $4, coalesce($6, c.title), c.agent, 'chat', 'active', $5,
    c.tainted OR c.created_by <> $5, $7, $8, $3, c.provisional AND $6 IS NULL
FROM conversation c WHERE c.space_id = $1 AND c.id = $3
ON CONFLICT DO NOTHING RETURNING id
"""
_MESSAGES = """
WITH copied AS (
    INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position, role,
        content, turn_id, step, calls, attachments, withdrawn, created_at)
    SELECT $1, $2, $4, c.id, c.parent_id, m.position, m.role, m.content, c.turn_id, m.step, m.calls,
        m.attachments, m.withdrawn, m.created_at
    FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[]) AS c(of_id, id, parent_id, turn_id)
    CROSS JOIN LATERAL (SELECT * FROM message
        WHERE space_id = $1 AND conversation_id = $3 AND id = c.of_id OFFSET 0) m
)
-- no copy of a message ever runs, and no other takes its id
INSERT INTO receipt (space_id, organisation_id, conversation_id, message_id, turn_id, body_hash)
SELECT $1, $2, $4, c.id, c.turn_id, r.body_hash
FROM unnest($5::uuid[], $6::uuid[], $8::uuid[]) AS c(of_id, id, turn_id)
CROSS JOIN LATERAL (SELECT body_hash FROM receipt
    WHERE space_id = $1 AND conversation_id = $3 AND message_id = c.of_id OFFSET 0) r
"""
_WANTED = """unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::integer[], $7::boolean[])
    AS c(of_id, id, asked, step, whole)"""
_TURNS = f"""
INSERT INTO turn (space_id, organisation_id, conversation_id, id, number, user_id, owner, agent,
    agent_version, user_message_id, request_id, steps, outcome, finish, error_code, error_detail,
    started_at, ended_at, created_at)
SELECT $1, $2, $8, c.id, t.number, t.user_id, 'fork', t.agent, t.agent_version, c.asked, '', c.step,
    CASE WHEN c.whole THEN t.outcome ELSE 'interrupted' END,
    CASE WHEN c.whole THEN t.finish ELSE 'cancelled' END,
    CASE WHEN c.whole THEN t.error_code END, CASE WHEN c.whole THEN t.error_detail END,
    t.started_at, coalesce(t.ended_at, clock_timestamp()), t.created_at
FROM {_WANTED}
CROSS JOIN LATERAL (SELECT * FROM turn WHERE space_id = $1 AND id = c.of_id OFFSET 0) t
"""  # noqa: S608 - made of our own parts
# The response that a provider keeps belongs to the step that asked for it, and goes with it.
_STEPS = f"""
INSERT INTO step (space_id, organisation_id, turn_id, step, attempt, reply, created_at)
SELECT $1, $2, c.id, s.step, s.attempt, s.reply, s.created_at
FROM {_WANTED} JOIN step s ON s.space_id = $1 AND s.turn_id = c.of_id AND s.step <= c.step
WHERE $8::uuid IS NOT NULL
"""  # noqa: S608 - made of our own parts
# With the approval that was asked for: who decided stays to be seen.
_CALLS = f"""
INSERT INTO tool_call (space_id, organisation_id, conversation_id, turn_id, call_id, step, index,
    name, raw_arguments, arguments, approval_id, ruling, status, result, started_at, ended_at,
    created_at)
SELECT $1, $2, $8, c.id, k.call_id, k.step, k.index, k.name, k.raw_arguments, k.arguments,
    k.approval_id, k.ruling, k.status, k.result, k.started_at, k.ended_at, k.created_at
FROM {_WANTED} JOIN tool_call k ON k.space_id = $1 AND k.turn_id = c.of_id AND k.step <= c.step
"""  # noqa: S608 - made of our own parts
# As when they are kept first: a deletion that comes waits, and takes these copies too.
_DOCUMENTS = """
SELECT d.id FROM document d WHERE d.space_id = $1 AND d.id IN (
    SELECT (q.source ->> 'document_id')::uuid FROM turn_passage q
    WHERE q.space_id = $1 AND q.turn_id = ANY($2::uuid[]))
ORDER BY d.id FOR KEY SHARE OF d
"""
_PASSAGES = f"""
INSERT INTO turn_passage (space_id, organisation_id, turn_id, mark, source, text, created_at)
SELECT $1, $2, c.id, q.mark, q.source, q.text, q.created_at
FROM {_WANTED} JOIN turn_passage q ON q.space_id = $1 AND q.turn_id = c.of_id
WHERE coalesce(q.source ->> 'collection', '') = ''
    OR (q.source ->> 'document_id')::uuid = ANY($8::uuid[])
"""  # noqa: S608 - made of our own parts
# What was spent is on the bill of those who spent it.
_EVENTS = """
SELECT turn_number, sequence, kind, payload, at FROM event
WHERE space_id = $1 AND conversation_id = $2 AND turn_number = ANY($3::bigint[])
    AND kind <> 'usage.recorded'
ORDER BY turn_number, sequence
"""
_LOG = """
INSERT INTO event (space_id, organisation_id, conversation_id, turn_number, sequence, turn_id,
    kind, payload, at)
SELECT $1, $2, $3, e.* FROM unnest($4::bigint[], $5::bigint[], $6::uuid[], $7::varchar[],
    $8::bytea[], $9::timestamptz[]) AS e
"""


async def fork(
    session: Session,
    user_id: UUID,
    conversation_id: UUID,
    *,
    fork_id: UUID,
    message_id: UUID | None,
    title: str | None,
) -> None:
    source = await session.first(_SOURCE, session.scope.space_id, conversation_id)
    if source is None:
        raise NotFoundError("There is no such conversation.", code="conversation_not_found")
    leaf = message_id or source["active_leaf"]
    path = [] if leaf is None else await path_of(session, conversation_id, leaf)
    turns = await copied_turns(session, fork_id, path)
    # What was brought along is of no turn.
    copies = {row["id"]: ids.copied_message_id(fork_id, row["id"]) for row in path}
    copies |= {of: copy for turn in turns for of, copy in turn.messages.items()}
    fresh = await session.first(
        *(_CONVERSATION, session.scope.space_id, session.scope.organisation_id),
        *(conversation_id, fork_id, user_id, None if title is None else clean(title)),
        *(turns[-1].number if turns else 0, copies.get(leaf)),
    )
    if fresh is None:
        # A copy of the request has made it meanwhile.
        return
    for start in range(0, len(turns), BATCH):
        batch = turns[start : start + BATCH]
        await _copy_turns(session, fork_id, batch)
        await _copy_events(session, conversation_id, fork_id, batch)
    await _copy_messages(session, conversation_id, fork_id, path, turns, copies)
    details = {"from": str(conversation_id), "messages": len(path)}
    await record(
        *(session, uuid5(fork_id, "forked"), "conversation.forked", fork_id),
        by=user_id,
        details=details,
    )


async def _copy_messages(
    session: Session,
    conversation_id: UUID,
    fork_id: UUID,
    path: Sequence[Mapping[str, Any]],
    turns: Sequence[CopiedTurn],
    copies: Mapping[UUID, UUID],
) -> None:
    owners = {of: turn.copy for turn in turns for of in turn.messages}
    for start in range(0, len(path), MESSAGES):
        rows = path[start : start + MESSAGES]
        await session.fetch(
            *(_MESSAGES, session.scope.space_id, session.scope.organisation_id),
            *(conversation_id, fork_id),
            [row["id"] for row in rows],
            [copies[row["id"]] for row in rows],
            [copies.get(row["parent_id"]) for row in rows],
            [owners.get(row["id"], row["turn_id"]) for row in rows],
        )


async def _copy_turns(session: Session, fork_id: UUID, turns: Sequence[CopiedTurn]) -> None:
    space = session.scope.space_id
    values = (
        *(space, session.scope.organisation_id),
        [turn.turn for turn in turns],
        [turn.copy for turn in turns],
        [turn.asked for turn in turns],
        [turn.step for turn in turns],
        [turn.whole for turn in turns],
    )
    for statement in (_TURNS, _STEPS, _CALLS):
        await session.fetch(statement, *values, fork_id)
    there = await session.fetch(_DOCUMENTS, space, [turn.turn for turn in turns])
    await session.fetch(_PASSAGES, *values, [row["id"] for row in there])


async def _copy_events(
    session: Session, conversation_id: UUID, fork_id: UUID, turns: Sequence[CopiedTurn]
) -> None:
    numbers = {turn.number: turn for turn in turns}
    space = session.scope.space_id
    rows = await session.fetch(_EVENTS, space, conversation_id, list(numbers))
    told: dict[int, list[Any]] = {number: [] for number in numbers}
    for row in rows:
        told[row["turn_number"]].append(row)
    events = [one for turn in turns for one in _told(turn, told[turn.number])]
    await session.fetch(
        *(_LOG, space, session.scope.organisation_id, fork_id),
        *(list(column) for column in (zip(*events, strict=True) if events else [()] * 6)),
    )


def _told(turn: CopiedTurn, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Rows of the log, without whose it is."""
    names = {str(of): str(copy) for of, copy in turn.messages.items()}
    if turn.whole:
        for row in rows:
            payload = renamed(row["payload"], turn.copy, names)
            yield turn.number, row["sequence"], turn.copy, row["kind"], payload, row["at"]
        return
    for one in cut([decode(row["payload"]) for row in rows], turn.step):
        wire = encode(one)
        payload = renamed(wire.data, turn.copy, names)
        yield turn.number, one.id.sequence, turn.copy, wire.kind, payload, one.at
