"""Feedback on answers, in Postgres."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.store import cursor as cursors
from adapters.store.remarks import opinion_of, remarks_of
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.conversations import Page
from domain.ports.feedback import FeedbackItem
from domain.ports.remarks import Opinion, Opinions, Rating
from models import ids
from models.errors import InvalidError, NotFoundError
from models.payloads.scope import Scope

# Of an answer, in the list of what people said: enough to know it again.
EXCERPT = 280  # characters

# Held against a conversation that is cleared meanwhile: nothing is said of what is gone.
_ANSWER = """
SELECT m.step, m.turn_id FROM message m
WHERE m.space_id = $1 AND m.conversation_id = $2 AND m.id = $3 AND NOT m.withdrawn FOR KEY SHARE
"""
_GIVE = """
INSERT INTO feedback (space_id, organisation_id, conversation_id, message_id, user_id, id, turn_id,
    rating, reason, comment)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (space_id, conversation_id, message_id, user_id) DO UPDATE SET
    rating = excluded.rating, reason = excluded.reason, comment = excluded.comment,
    updated_at = clock_timestamp()
WHERE feedback.space_id = $1 AND (feedback.rating, feedback.reason, feedback.comment)
    IS DISTINCT FROM (excluded.rating, excluded.reason, excluded.comment)
"""
_TAKE_BACK = """
DELETE FROM feedback
WHERE space_id = $1 AND conversation_id = $2 AND message_id = $3 AND user_id = $4
"""
_PAGE = """
SELECT f.*, t.agent, t.agent_version, left(m.content, $6) AS excerpt
FROM feedback f
JOIN turn t ON t.space_id = $1 AND t.id = f.turn_id
JOIN message m ON m.space_id = $1 AND m.conversation_id = f.conversation_id
    AND m.id = f.message_id AND NOT m.withdrawn
WHERE f.space_id = $1 AND ($2::varchar IS NULL OR f.rating = $2)
    AND ($3::timestamptz IS NULL OR f.updated_at >= $3)
    AND ($4::timestamptz IS NULL OR (f.updated_at, f.id) < ($4, $5::uuid))
ORDER BY f.updated_at DESC, f.id DESC LIMIT $7
"""


class PostgresFeedback(Repository):
    async def give(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_id: UUID,
        opinion: Opinion,
        *,
        by: UUID,
    ) -> Opinions:
        async def work(session: Session) -> Opinions:
            turn = await _answered(session, conversation_id, message_id)
            reason = None if opinion.reason is None else opinion.reason.value
            await session.fetch(
                *(_GIVE, scope.space_id, scope.organisation_id, conversation_id, message_id),
                *(by, ids.feedback_id(message_id, by), turn),
                *(opinion.rating.value, reason, clean(opinion.comment)),
            )
            found = await remarks_of(session, conversation_id, [message_id], user_id=by)
            said = found[message_id].feedback
            assert said is not None  # noqa: S101 - it has just been said
            return said

        return await self._run(scope, work)

    async def take_back(
        self, scope: Scope, conversation_id: UUID, message_id: UUID, *, by: UUID
    ) -> None:
        async def work(session: Session) -> None:
            await _answered(session, conversation_id, message_id)
            await session.fetch(_TAKE_BACK, scope.space_id, conversation_id, message_id, by)

        await self._run(scope, work)

    async def page(
        self,
        scope: Scope,
        *,
        rating: Rating | None,
        since: datetime | None,
        limit: int,
        cursor: str | None,
    ) -> Page[FeedbackItem]:
        limit = cursors.bounded(limit)
        below = (None, None) if cursor is None else cursors.read_moment(cursor)
        kind = None if rating is None else rating.value

        async def work(session: Session) -> Page[FeedbackItem]:
            rows = await session.fetch(
                _PAGE, scope.space_id, kind, since, *below, EXCERPT, limit + 1
            )
            return cursors.page(
                [_item(row) for row in rows],
                limit,
                lambda last: cursors.moment_cursor(last.updated_at, last.id),
            )

        return await self._run(scope, work)


async def _answered(session: Session, conversation_id: UUID, message_id: UUID) -> UUID:
    """The turn whose answer it is."""
    row = await session.first(_ANSWER, session.scope.space_id, conversation_id, message_id)
    if row is None:
        raise NotFoundError("There is no such message.", code="message_not_found")
    if row["step"] is None:  # a user's, or of no turn of ours
        raise InvalidError("Only answers are rated.", code="not_an_answer")
    turn: UUID = row["turn_id"]
    return turn


def _item(row: Mapping[str, Any]) -> FeedbackItem:
    return FeedbackItem(
        id=row["id"],
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        turn_id=row["turn_id"],
        agent=row["agent"],
        agent_version=row["agent_version"],
        user_id=row["user_id"],
        opinion=opinion_of(row),
        excerpt=row["excerpt"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
