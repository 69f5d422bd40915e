"""Conversations, turns and steps as a turn's activities need them: a transaction each."""

from collections.abc import Sequence
from uuid import UUID

from adapters.store import claim as claims
from adapters.store import close as ends
from adapters.store import step as steps
from adapters.store.claim import claim_turn
from adapters.store.passages import commit_passages
from adapters.store.recent import recent_messages
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import INSERT_USAGE, usage_json
from domain.ports.transcript import (
    ClaimedTurn,
    ClosedTurn,
    Passage,
    StepContext,
    StepRecord,
    UsageEntry,
)
from models.errors import StaleAttemptError
from models.payloads.chat import StoredMessage
from models.payloads.events import Event, LoggedEvent
from models.payloads.scope import TurnKey
from models.payloads.turn import Claim, IncomingMessage, ThinkReply, TurnEnd

_HOLD = """
SELECT FROM turn WHERE space_id = $1 AND conversation_id = $2 AND id = $3 FOR NO KEY UPDATE
"""
_IS_CURRENT = """
SELECT outcome IS NULL AND steps < $4 AND (fence_step, fence_attempt) <= ($4, $5) AS current
FROM turn
WHERE space_id = $1 AND conversation_id = $2 AND id = $3
"""
_WITHDRAW = """
UPDATE approval SET delivered_at = clock_timestamp(), state = 'withdrawn'
WHERE space_id = $1 AND conversation_id = $2 AND turn_id = $3 AND state = 'pending'
"""
_WITHDRAWN = """
SELECT id, call_id FROM approval WHERE space_id = $1 AND conversation_id = $2 AND turn_id = $3
    AND state = 'withdrawn' ORDER BY created_at, id
"""
_ACCOUNT = f"""
WITH holder AS (
    SELECT user_id, agent FROM turn WHERE space_id = $1 AND conversation_id = $3 AND id = $4
)
{INSERT_USAGE.format(turn="$4", entries="$5")}
"""  # noqa: S608 - made of our own parts


# What every turn runs.
USUAL = (*claims.USUAL, *steps.USUAL, *ends.USUAL)


class PostgresTranscript(Repository):
    async def claim(
        self, turn: TurnKey, claim: Claim, opening: Sequence[Event], *, late: bool = False
    ) -> ClaimedTurn:
        async def work(session: Session) -> ClaimedTurn:
            return await claim_turn(session, turn, claim, opening, late=late)

        return await self._run(turn.scope, work)

    async def begin_step(
        self,
        turn: TurnKey,
        step: int,
        attempt: int,
        *,
        steered: Sequence[IncomingMessage] = (),
        characters: int,
        messages: int = 200,
    ) -> StepContext:
        async def work(session: Session) -> StepContext:
            return await steps.begin(
                session, turn, step, attempt, steered, characters=characters, messages=messages
            )

        return await self._run(turn.scope, work)

    async def claim_step(
        self,
        turn: TurnKey,
        claim: Claim,
        opening: Sequence[Event],
        attempt: int,
        *,
        steered: Sequence[IncomingMessage] = (),
        characters: int,
        messages: int = 200,
    ) -> tuple[ClaimedTurn, StepContext | None]:
        async def work(session: Session) -> tuple[ClaimedTurn, StepContext | None]:
            if attempt > 1:
                # An older attempt's commit locks the turn before its conversation.
                await session.fetch(_HOLD, *_key(turn))
            claimed = await claim_turn(session, turn, claim, opening)
            if claimed.taken:
                return claimed, None
            # What would steer a turn that has ended gets its own: here it would count as taken.
            fresh = () if claimed.closed else steered
            try:
                return claimed, await steps.begin(
                    session, turn, 1, attempt, fresh, characters=characters, messages=messages
                )
            except StaleAttemptError:
                if claimed.closed:
                    return claimed, None
                raise

        return await self._run(turn.scope, work)

    async def is_current(self, turn: TurnKey, step: int, attempt: int) -> bool:
        async def work(session: Session) -> bool:
            row = await session.first(_IS_CURRENT, *_key(turn), step, attempt)
            return row is not None and bool(row["current"])

        return await self._run(turn.scope, work)

    async def recent(
        self, turn: TurnKey, *, messages: int, characters: int
    ) -> Sequence[StoredMessage]:
        async def work(session: Session) -> Sequence[StoredMessage]:
            return await recent_messages(session, turn, messages, characters)

        return await self._run(turn.scope, work)

    async def commit_passages(
        self,
        turn: TurnKey,
        passages: Sequence[Passage],
        usage: Sequence[UsageEntry],
        events: Sequence[LoggedEvent],
    ) -> None:
        async def work(session: Session) -> None:
            await commit_passages(session, turn, passages, usage, events)

        await self._run(turn.scope, work)

    async def commit_step(
        self, turn: TurnKey, step: int, attempt: int, record: StepRecord
    ) -> ThinkReply:
        async def work(session: Session) -> ThinkReply:
            return await steps.commit(session, turn, step, attempt, record)

        return await self._run(turn.scope, work)

    async def finish_turn(
        self,
        turn: TurnKey,
        step: int,
        attempt: int,
        record: StepRecord,
        end: TurnEnd,
        events: Sequence[LoggedEvent],
    ) -> tuple[ThinkReply, ClosedTurn | None]:
        async def work(session: Session) -> tuple[ThinkReply, ClosedTurn | None]:
            reply = await steps.commit(session, turn, step, attempt, record)
            return reply, await ends.end(session, turn, end, events) if reply.closed else None

        return await self._run(turn.scope, work)

    async def close(self, turn: TurnKey, end: TurnEnd, events: Sequence[LoggedEvent]) -> ClosedTurn:
        async def work(session: Session) -> ClosedTurn:
            return await ends.end(session, turn, end, events)

        return await self._run(turn.scope, work)

    async def account(self, turn: TurnKey, cause: str, usage: UsageEntry) -> None:
        async def work(session: Session) -> None:
            await session.fetch(
                _ACCOUNT,
                turn.scope.space_id,
                turn.scope.organisation_id,
                turn.conversation_id,
                turn.turn_id,
                usage_json(turn.turn_id, [(cause, usage)]),
            )

        await self._run(turn.scope, work)

    async def withdraw_approvals(self, turn: TurnKey) -> Sequence[tuple[UUID, str]]:
        async def work(session: Session) -> Sequence[tuple[UUID, str]]:
            await session.fetch(_WITHDRAW, *_key(turn))
            rows = await session.fetch(_WITHDRAWN, *_key(turn))
            return [(row["id"], row["call_id"]) for row in rows]

        return await self._run(turn.scope, work)


def _key(turn: TurnKey) -> tuple[UUID, UUID, UUID]:
    return turn.scope.space_id, turn.conversation_id, turn.turn_id
