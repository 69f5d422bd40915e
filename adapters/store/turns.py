"""Turns as the edge asks for them: taken before, running, how they ended."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from adapters.store.history import message
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.conversations import Message, Receipt, TurnView
from models.errors import NotFoundError
from models.payloads.scope import Scope
from models.payloads.turn import Finish, Outcome

_RECEIPT = """
SELECT turn_id, body_hash FROM receipt
WHERE space_id = $1 AND conversation_id = $2 AND message_id = $3
"""
# Copies, and the claim that takes the text away, wait here for each other.
_LOCK = "SELECT FROM conversation WHERE space_id = $1 AND id = $2 FOR NO KEY UPDATE"
# A copy that comes after its turn took the text must not leave it here again. The rows that were
# there before the statement are seen beside the one that it writes: one of the three is.
_KEEP = """
WITH kept AS (
    INSERT INTO stored_text (space_id, organisation_id, conversation_id, message_id, content,
        body_hash)
    SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT FROM receipt
        WHERE space_id = $1 AND conversation_id = $3 AND message_id = $4)
    ON CONFLICT DO NOTHING RETURNING body_hash
)
SELECT body_hash FROM kept UNION ALL
SELECT body_hash FROM stored_text
    WHERE space_id = $1 AND conversation_id = $3 AND message_id = $4 UNION ALL
SELECT body_hash FROM receipt WHERE space_id = $1 AND conversation_id = $3 AND message_id = $4
"""
_KEPT = """
SELECT message_id, content FROM stored_text
WHERE space_id = $1 AND conversation_id = $2 AND message_id = ANY($3) AND content IS NOT NULL
"""
# The summary takes one model call, or two; one that never comes must not hold readers. Its event is
# announced a moment after it is stored.
_AT_WORK = """
SELECT c.open_turn IS NOT NULL OR EXISTS (
    SELECT FROM session s WHERE s.space_id = $1 AND s.conversation_id = $2
        AND s.number = c.session_counter AND s.ended_at > clock_timestamp() - interval '2 minutes'
        AND (s.summarised_at IS NULL OR s.summarised_at > clock_timestamp() - interval '1 second')
) AS at_work
FROM conversation c WHERE c.space_id = $1 AND c.id = $2
"""
_OPEN = "SELECT open_turn FROM conversation WHERE space_id = $1 AND id = $2"
_STEER = """
UPDATE turn t SET steering = true FROM conversation c
WHERE c.space_id = $1 AND c.id = $2 AND t.space_id = $1 AND t.conversation_id = $2
    AND t.id = c.open_turn AND t.outcome IS NULL
RETURNING 1
"""
_VIEW = """
SELECT t.*, u.input_tokens, u.output_tokens, u.cached_tokens, u.cost_usd, u.unpriced
FROM turn t
CROSS JOIN LATERAL (
    SELECT coalesce(sum(u.input_tokens), 0)::bigint AS input_tokens,
        coalesce(sum(u.output_tokens), 0)::bigint AS output_tokens,
        coalesce(sum(u.cached_tokens), 0)::bigint AS cached_tokens,
        sum(u.cost_usd) AS cost_usd, bool_or(u.cost_usd IS NULL) AS unpriced
    FROM usage u WHERE u.space_id = $1 AND u.turn_id = $3
) u
WHERE t.space_id = $1 AND t.conversation_id = $2 AND t.id = $3
"""
_ANSWER = """
SELECT m.*, (SELECT json_agg(q.source ORDER BY q.mark) FROM turn_passage q
    WHERE q.space_id = $1 AND q.turn_id = $3 AND q.mark > 0) AS sources
FROM message m
WHERE m.space_id = $1 AND m.conversation_id = $2 AND m.turn_id = $3
    AND m.role = 'assistant' AND NOT m.withdrawn
ORDER BY m.position DESC LIMIT 1
"""


async def keep_body(
    session: Session, conversation_id: UUID, message_id: UUID, content: str | None, body_hash: str
) -> str:
    """Gives the hash of the body that stands. NotFoundError("conversation_not_found")."""
    space, organisation = session.scope.space_id, session.scope.organisation_id
    if await session.first(_LOCK, space, conversation_id) is None:
        raise _unknown()
    ids = space, organisation, conversation_id, message_id
    row = await session.first(_KEEP, *ids, content, body_hash)
    assert row is not None  # noqa: S101 - written, or there already
    return str(row["body_hash"])


class PostgresTurns(Repository):
    async def receipt(
        self, scope: Scope, conversation_id: UUID, message_id: UUID
    ) -> Receipt | None:
        async def work(session: Session) -> Receipt | None:
            row = await session.first(_RECEIPT, scope.space_id, conversation_id, message_id)
            return None if row is None else Receipt(row["turn_id"], row["body_hash"])

        return await self._run(scope, work)

    async def keep_text(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_id: UUID,
        text: str | None,
        body_hash: str,
    ) -> str:
        content = None if text is None else clean(text)
        return await self._run(
            scope,
            lambda session: keep_body(session, conversation_id, message_id, content, body_hash),
        )

    async def kept_texts(
        self, scope: Scope, conversation_id: UUID, message_ids: Sequence[UUID]
    ) -> Mapping[UUID, str]:
        async def work(session: Session) -> Mapping[UUID, str]:
            rows = await session.fetch(_KEPT, scope.space_id, conversation_id, list(message_ids))
            return {row["message_id"]: row["content"] for row in rows}

        return await self._run(scope, work)

    async def open_turn(self, scope: Scope, conversation_id: UUID) -> UUID | None:
        """NotFoundError("conversation_not_found")."""

        async def work(session: Session) -> UUID | None:
            row = await session.first(_OPEN, scope.space_id, conversation_id)
            if row is None:
                raise _unknown()
            found: UUID | None = row["open_turn"]
            return found

        return await self._run(scope, work)

    async def expect_steering(self, scope: Scope, conversation_id: UUID) -> bool:
        async def work(session: Session) -> bool:
            row = await session.first(_STEER, scope.space_id, conversation_id)
            return row is not None

        return await self._run(scope, work)

    async def at_work(self, scope: Scope, conversation_id: UUID) -> bool:
        """NotFoundError("conversation_not_found")."""

        async def work(session: Session) -> bool:
            row = await session.first(_AT_WORK, scope.space_id, conversation_id)
            if row is None:
                raise _unknown()
            return bool(row["at_work"])

        return await self._run(scope, work)

    async def view(self, scope: Scope, conversation_id: UUID, turn_id: UUID) -> TurnView | None:
        async def work(session: Session) -> TurnView | None:
            key = scope.space_id, conversation_id, turn_id
            row = await session.first(_VIEW, *key)
            if row is None:
                return None
            answer = await session.first(_ANSWER, *key)
            return turn_view(row, None if answer is None else message(answer))

        return await self._run(scope, work)


def turn_view(row: Mapping[str, Any], answer: Message | None) -> TurnView:
    return TurnView(
        id=row["id"],
        number=row["number"],
        message_id=row["user_message_id"],
        agent=row["agent"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        finish=None if row["finish"] is None else Finish(row["finish"]),
        error_code=row["error_code"],
        error_detail=row["error_detail"],
        answer=answer,
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cached_tokens=row["cached_tokens"],
        # A sum that leaves calls out would pass for a price.
        cost_usd=None if row["unpriced"] else row["cost_usd"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such conversation.", code="conversation_not_found")
