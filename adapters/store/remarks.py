"""What stands beside the messages of a page, in one question."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.ports.remarks import DELETED, Attachment, Opinion, Opinions, Remarks
from models.payloads.scope import Scope
from models.states import FeedbackReason, Rating

_REMARKS = f"""
SELECT m.id, a.attachments, f.up, f.down, f.own
FROM message m
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('document_id', n.id, 'title', d.title,
        'status', coalesce(d.status, '{DELETED}')) ORDER BY n.place) AS attachments
    FROM jsonb_array_elements_text(m.attachments) WITH ORDINALITY AS n(id, place)
    LEFT JOIN document d ON d.space_id = $1 AND d.id = n.id::uuid
) a
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE o.rating = 'up') AS up,
        count(*) FILTER (WHERE o.rating = 'down') AS down,
        json_agg(json_build_object('rating', o.rating, 'reason', o.reason, 'comment', o.comment))
            FILTER (WHERE o.user_id = $4) -> 0 AS own
    FROM feedback o
    WHERE o.space_id = $1 AND o.conversation_id = $2 AND o.message_id = m.id
) f
WHERE m.space_id = $1 AND m.conversation_id = $2 AND m.id = ANY($3::uuid[])
    AND (a.attachments IS NOT NULL OR f.up + f.down > 0)
"""  # noqa: S608 - made of our own parts


class PostgresRemarks(Repository):
    async def of(
        self,
        scope: Scope,
        conversation_id: UUID,
        message_ids: Collection[UUID],
        *,
        user_id: UUID,
    ) -> Mapping[UUID, Remarks]:
        if not message_ids:
            return {}

        async def work(session: Session) -> Mapping[UUID, Remarks]:
            return await remarks_of(session, conversation_id, message_ids, user_id=user_id)

        return await self._run(scope, work)


async def remarks_of(
    session: Session, conversation_id: UUID, message_ids: Collection[UUID], *, user_id: UUID
) -> Mapping[UUID, Remarks]:
    rows = await session.fetch(
        _REMARKS, session.scope.space_id, conversation_id, list(message_ids), user_id
    )
    return {UUID(int=row["id"].int): _remarks(row) for row in rows}


def opinion_of(row: Mapping[str, Any]) -> Opinion:
    reason = row["reason"]
    return Opinion(
        rating=Rating(row["rating"]),
        reason=None if reason is None else FeedbackReason(reason),
        comment=row["comment"],
    )


def _remarks(row: Mapping[str, Any]) -> Remarks:
    return Remarks(
        attachments=tuple(
            Attachment(UUID(one["document_id"]), one["title"], one["status"])
            for one in row["attachments"] or ()
        ),
        feedback=Opinions(
            up=row["up"],
            down=row["down"],
            own=None if row["own"] is None else opinion_of(row["own"]),
        )
        if row["up"] + row["down"]
        else None,
    )
