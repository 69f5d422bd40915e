"""Tool calls: who runs one, with what, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import (
    INSERT_USAGE,
    clean,
    event_columns,
    insert_events,
    refuse_collision,
    usage_json,
)
from adapters.store.trail import record
from domain.canonical import digest
from domain.ports.transcript import StartedCall, UsageEntry
from domain.wire import decode
from models.errors import ConflictError, NotFoundError
from models.payloads.events import LoggedEvent
from models.payloads.scope import TurnKey
from models.payloads.turn import CallStatus
from models.states import ApprovalState, Decision

# The turn is locked against its end, so that nothing starts after a stop.
_LOCK = """
SELECT k.name, k.arguments, k.status, k.result, k.approval_id, k.started_at, k.ended_at,
    t.outcome IS NULL AS turn_open, t.number, t.agent, t.agent_version,
    t.user_id
FROM turn t
JOIN tool_call k ON k.space_id = $1 AND k.turn_id = $3 AND k.call_id = $4
WHERE t.space_id = $1 AND t.conversation_id = $2 AND t.id = $3
FOR UPDATE OF k FOR SHARE OF t
"""
# What was decided stays decided; whoever comes here has heard of it.
_VERDICT = """
UPDATE approval SET
    state = CASE WHEN state = 'pending' AND $4 THEN 'expired' ELSE state END,
    executed_at = CASE WHEN state = 'approved' AND $5
        THEN coalesce(executed_at, clock_timestamp()) ELSE executed_at END,
    delivered_at = CASE WHEN state <> 'pending' OR $4
        THEN coalesce(delivered_at, clock_timestamp()) END
WHERE space_id = $1 AND turn_id = $2 AND id = $3
RETURNING state, arguments, note, decided_by, decided_via, arguments_hash,
    original_arguments IS NOT NULL AS edited
"""
_MOVE = """
UPDATE tool_call SET status = $4::varchar, result = coalesce($5, result),
    started_at = CASE WHEN $4::varchar = 'running' THEN clock_timestamp() ELSE started_at END,
    ended_at = CASE WHEN $5::text IS NOT NULL THEN clock_timestamp() ELSE ended_at END
WHERE space_id = $1 AND turn_id = $2 AND call_id = $3
RETURNING started_at
"""
_EVENTS = """
SELECT payload FROM event WHERE space_id = $1 AND conversation_id = $2 AND turn_number = $3
    AND position(convert_to($4, 'UTF8') IN payload) > 0
ORDER BY sequence
"""
_FINISH = f"""
WITH holder AS (
    UPDATE tool_call k SET status = $6::varchar, result = $7, ended_at = clock_timestamp()
    FROM turn t
    WHERE k.space_id = $1 AND k.turn_id = $4 AND k.call_id = $5 AND k.ended_at IS NULL
        AND k.status IN ('pending', 'running', $6::varchar)
        AND t.space_id = $1 AND t.conversation_id = $3 AND t.id = $4
    RETURNING t.user_id, t.agent
), used AS ({INSERT_USAGE.format(turn="$4", entries="$8")})
SELECT FROM holder
"""  # noqa: S608 - made of our own parts
_STATUS = "SELECT status FROM tool_call WHERE space_id = $1 AND turn_id = $2 AND call_id = $3"
_RECORD = insert_events(4)

_ENDINGS = {
    ApprovalState.DENIED: (CallStatus.DENIED, Decision.DENY),
    ApprovalState.REVISED: (CallStatus.REVISED, Decision.REVISE),
    ApprovalState.EXPIRED: (CallStatus.EXPIRED, None),
    ApprovalState.PENDING: (CallStatus.PENDING, None),
    ApprovalState.APPROVED: (CallStatus.RUNNING, Decision.APPROVE),
}
_NEVER_STARTED = "It was never started."


class PostgresToolCalls(Repository):
    async def start(
        self, turn: TurnKey, call_id: str, *, repeatable: bool, expired: bool, broken: bool
    ) -> StartedCall:
        """Besides what the port says: a pending call whose turn ended has failed, since it never
        started; one whose activity died before it began begins now, since nothing else will."""
        # A call starts once, at a moment of its own: a try whose commit got no answer knows its
        # start again by it, and runs what nobody else will.
        moment: datetime | None = None

        async def work(session: Session) -> StartedCall:
            nonlocal moment
            row = await session.first(_LOCK, *_key(turn), call_id)
            if row is None:
                raise _unknown()
            verdict = await self._verdict(session, turn, row, expired=expired)
            own = moment is not None and row["started_at"] == moment
            run, status = _decide(row, verdict, repeatable=repeatable or own, broken=broken)
            if run and verdict is not None:
                _check_seal(verdict)
            ended = status is CallStatus.FAILED and row["status"] == CallStatus.PENDING
            result = _NEVER_STARTED if ended else None
            if status != row["status"]:
                moved = await session.first(
                    _MOVE, turn.scope.space_id, turn.turn_id, call_id, status.value, result
                )
                assert moved is not None  # noqa: S101 - its row is locked
                moment = moved["started_at"]
                if status is CallStatus.RUNNING and verdict is None and not repeatable:
                    await _audit(session, turn, call_id, row)
            return StartedCall(
                run=run,
                name=row["name"],
                arguments=(row if verdict is None else verdict)["arguments"] or {},
                status=status,
                result=result or row["result"],
                note="" if verdict is None else verdict["note"],
                decision=_decision(verdict),
                decided_by=None if verdict is None else verdict["decided_by"],
                decided_via="" if verdict is None else verdict["decided_via"] or "",
                edited=verdict is not None and verdict["edited"],
                events=await self._events(session, turn, row["number"], call_id),
                agent=(row["agent"], row["agent_version"]),
                user_id=row["user_id"],
            )

        return await self._run_patiently(turn.scope, work)

    async def _verdict(
        self,
        session: Session,
        turn: TurnKey,
        row: Mapping[str, Any],
        *,
        expired: bool,
    ) -> Mapping[str, Any] | None:
        """The approval's row after this call has heard of it; None when it needs none."""
        if row["approval_id"] is None:
            return None
        open_call = row["status"] == CallStatus.PENDING and row["turn_open"]
        found: Mapping[str, Any] | None = await session.first(
            _VERDICT,
            turn.scope.space_id,
            turn.turn_id,
            row["approval_id"],
            expired and open_call,
            open_call,
        )
        return found

    async def _events(
        self, session: Session, turn: TurnKey, number: int, call_id: str
    ) -> tuple[LoggedEvent, ...]:
        rows = await session.fetch(
            _EVENTS, turn.scope.space_id, turn.conversation_id, number, call_id
        )
        events = (decode(row["payload"]) for row in rows)
        return tuple(e for e in events if getattr(e.event, "call_id", None) == call_id)

    async def finish(
        self,
        turn: TurnKey,
        call_id: str,
        status: CallStatus,
        result: str,
        *,
        usage: Sequence[UsageEntry],
    ) -> CallStatus:
        """A result that comes after its call was given up changes nothing."""

        async def work(session: Session) -> CallStatus:
            entries = [(f"{call_id}:{index}", entry) for index, entry in enumerate(usage)]
            won = await session.first(
                _FINISH,
                turn.scope.space_id,
                turn.scope.organisation_id,
                turn.conversation_id,
                turn.turn_id,
                call_id,
                status.value,
                clean(result),
                usage_json(turn.turn_id, entries),
            )
            if won is not None:
                return status
            row = await session.first(_STATUS, turn.scope.space_id, turn.turn_id, call_id)
            if row is None:
                raise _unknown()
            return CallStatus(row["status"])

        return await self._run_patiently(turn.scope, work)

    async def record(self, turn: TurnKey, events: Sequence[LoggedEvent]) -> None:
        async def work(session: Session) -> None:
            rows = await session.fetch(
                _RECORD,
                turn.scope.space_id,
                turn.scope.organisation_id,
                turn.conversation_id,
                *event_columns(events),
            )
            refuse_collision(rows, events)

        await self._run_patiently(turn.scope, work)


def _decide(
    row: Mapping[str, Any], verdict: Mapping[str, Any] | None, *, repeatable: bool, broken: bool
) -> tuple[bool, CallStatus]:
    """Whether to run, and the status that the call has from now on."""
    status = CallStatus(row["status"])
    if status is CallStatus.RUNNING:
        if broken:
            return False, CallStatus.UNKNOWN
        return repeatable and row["turn_open"], status
    if status is not CallStatus.PENDING:
        return False, status
    state = None if verdict is None else ApprovalState(verdict["state"])
    wanted = CallStatus.RUNNING if state is None else _ENDINGS.get(state, _WITHDRAWN)[0]
    if wanted is CallStatus.RUNNING and not row["turn_open"]:
        wanted = CallStatus.FAILED
    return wanted is CallStatus.RUNNING, wanted


def _check_seal(verdict: Mapping[str, Any]) -> None:
    """What runs is what somebody saw and approved, whoever else could write to that row."""
    sealed = verdict["arguments_hash"]
    if sealed and sealed != digest(verdict["arguments"]):
        raise ConflictError(
            "The arguments are not those that were approved.", code="arguments_changed"
        )


_WITHDRAWN: tuple[CallStatus, Decision | None] = (CallStatus.FAILED, None)


def _decision(verdict: Mapping[str, Any] | None) -> str | None:
    if verdict is None:
        return None
    _, decision = _ENDINGS.get(ApprovalState(verdict["state"]), _WITHDRAWN)
    return None if decision is None else decision.value


async def _audit(session: Session, turn: TurnKey, call_id: str, row: Mapping[str, Any]) -> None:
    """A write that no person was asked about, in the transaction that lets it run: what cannot be
    written down does not happen. With a verdict, the approval's own trigger says it."""
    details = {
        "tool": row["name"],
        "call_id": call_id,
        "agent": row["agent"],
        "conversation_id": str(turn.conversation_id),
        "arguments_hash": digest(row["arguments"] or {}),
    }
    entry = uuid5(turn.turn_id, f"run:{call_id}")
    await record(
        *(session, entry, "tool.executed", turn.turn_id), by=row["user_id"], details=details
    )


def _key(turn: TurnKey) -> tuple[Any, Any, Any]:
    return turn.scope.space_id, turn.conversation_id, turn.turn_id


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such tool call.", code="call_not_found")
