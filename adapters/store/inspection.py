"""Turns taken apart, out of Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from adapters.store import cursor as cursors
from adapters.store.approval_row import approval_of
from adapters.store.causes import causes, line_of
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.turns import turn_view
from domain.ports.conversations import Page
from domain.ports.inspection import CallItem, StepItem, TurnItem, TurnReport, UsageLine
from domain.ports.transcript import Passage
from domain.teams import MEMBER_PREFIX
from domain.wire import decode
from models.errors import NotFoundError
from models.ids import child_run_id
from models.payloads.scope import Scope
from models.payloads.sources import Source
from models.payloads.turn import CallStatus, Finish, ThinkStatus

# A turn of a hundred steps that each call eight tools has some thousands of events: a page of the
# app shows no more, and the log itself has them all.
MOST_EVENTS = 2_000
# Rows of usage: each step, its lost attempts and its tools have one.
MOST_LINES = 2_000
# No turn has so many: calls are counted by its budget.
MOST_CALLS = 2_000
_AFTER_ALL = 2**63 - 1

_TURNS = """
SELECT t.*, u.* FROM turn t
CROSS JOIN LATERAL (
    SELECT coalesce(sum(u.input_tokens), 0)::bigint AS input_tokens,
        coalesce(sum(u.output_tokens), 0)::bigint AS output_tokens,
        coalesce(sum(u.cached_tokens), 0)::bigint AS cached_tokens,
        sum(u.cost_usd) AS cost_usd, bool_or(u.cost_usd IS NULL) AS unpriced
    FROM usage u WHERE u.space_id = $1 AND u.turn_id = t.id
) u
WHERE t.space_id = $1 AND t.conversation_id = $2 AND {condition}
ORDER BY t.number DESC LIMIT $4
"""
_PAGE = _TURNS.format(condition="t.number < $3::bigint")
_ONE = _TURNS.format(condition="($3::uuid IS NULL OR t.id = $3)")
_STEPS = "SELECT * FROM step WHERE space_id = $1 AND turn_id = $2 ORDER BY step"
_CALLS = """
SELECT * FROM tool_call WHERE space_id = $1 AND turn_id = $2 ORDER BY step, index LIMIT $3
"""
_APPROVALS = """
SELECT * FROM approval WHERE space_id = $1 AND turn_id = $2 ORDER BY created_at, id LIMIT $3
"""
_USAGE = """
SELECT * FROM usage WHERE space_id = $1 AND turn_id = $2 ORDER BY created_at, id LIMIT $3
"""
_PASSAGES = (
    "SELECT source, text FROM turn_passage WHERE space_id = $1 AND turn_id = $2 ORDER BY mark"
)
_EVENTS = """
SELECT payload FROM event WHERE space_id = $1 AND conversation_id = $2 AND turn_number = $3
ORDER BY sequence LIMIT $4
"""


class PostgresInspection(Repository):
    async def turns(
        self, scope: Scope, conversation_id: UUID, *, limit: int, cursor: str | None
    ) -> Page[TurnItem]:
        limit = cursors.bounded(limit)
        below = _AFTER_ALL if cursor is None else cursors.read_position(cursor)

        async def work(session: Session) -> Page[TurnItem]:
            rows = await session.fetch(_PAGE, scope.space_id, conversation_id, below, limit + 1)
            return cursors.page(
                [_item(row) for row in rows],
                limit,
                lambda last: cursors.position_cursor(last.turn.number, last.turn.id),
            )

        return await self._run(scope, work)

    async def report(self, scope: Scope, conversation_id: UUID, turn_id: UUID | None) -> TurnReport:
        async def work(session: Session) -> TurnReport:
            row = await session.first(_ONE, scope.space_id, conversation_id, turn_id, 1)
            if row is None:
                raise NotFoundError("There is no such turn.", code="turn_not_found")
            return await _report(session, row)

        return await self._run(scope, work)


async def _report(session: Session, row: Mapping[str, Any]) -> TurnReport:
    key = session.scope.space_id, row["id"]
    log = key[0], row["conversation_id"], row["number"]
    steps = _steps(row, await session.fetch(_STEPS, *key))
    calls = [_call(call) for call in await session.fetch(_CALLS, *key, MOST_CALLS)]
    events = await session.fetch(_EVENTS, *log, MOST_EVENTS + 1)
    return TurnReport(
        item=_item(row),
        owner=row["owner"],
        request_id=row["request_id"],
        steps=steps,
        calls=tuple(calls),
        approvals=tuple(map(approval_of, await session.fetch(_APPROVALS, *key, MOST_CALLS))),
        usage=_lines(row["id"], steps, calls, await session.fetch(_USAGE, *key, MOST_LINES)),
        passages=tuple(
            Passage(Source.model_validate(one["source"]), one["text"])
            for one in await session.fetch(_PASSAGES, *key)
        ),
        events=tuple(decode(event["payload"]) for event in events[:MOST_EVENTS]),
        more_events=len(events) > MOST_EVENTS,
    )


def _item(row: Mapping[str, Any]) -> TurnItem:
    return TurnItem(
        turn=turn_view(row, None),
        agent_version=row["agent_version"],
        user_id=row["user_id"],
        steps=row["steps"],
    )


def _steps(turn: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> tuple[StepItem, ...]:
    """With the one that is under way, once it had to begin again: its fence tells."""
    found = [
        StepItem(
            step=row["step"],
            attempts=row["attempt"],
            committed_at=row["created_at"],
            status=ThinkStatus(row["reply"]["status"]),
            finish=Finish(row["reply"].get("finish", Finish.STOP)),
        )
        for row in rows
    ]
    if turn["fence_step"] > turn["steps"]:
        found.append(StepItem(turn["fence_step"], turn["fence_attempt"], None, None, None))
    return tuple(found)


def _call(row: Mapping[str, Any]) -> CallItem:
    called = row["name"].startswith(MEMBER_PREFIX)
    return CallItem(
        call_id=row["call_id"],
        step=row["step"],
        name=row["name"],
        arguments=row["arguments"],
        raw_arguments=row["raw_arguments"],
        ruling=row["ruling"],
        status=CallStatus(row["status"]),
        result=row["result"],
        approval_id=row["approval_id"],
        run_id=child_run_id(row["turn_id"], row["call_id"]) if called else None,
        requested_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


def _lines(
    turn_id: UUID,
    steps: Sequence[StepItem],
    calls: Sequence[CallItem],
    rows: Sequence[Mapping[str, Any]],
) -> tuple[UsageLine, ...]:
    known = causes(turn_id, steps, calls)
    return tuple(line_of(row, known) for row in rows)
