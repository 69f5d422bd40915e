"""Histories that callers bring along, as messages that no turn of ours has written."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.bringing import Brought
from models.errors import NotFoundError
from models.payloads.chat import Role
from models.payloads.scope import Scope

# Claims wait here, as they do for each other.
_LOCK = """
SELECT coalesce((SELECT position + 1 FROM message
    WHERE space_id = $1 AND conversation_id = $2 AND id = $3), 0) AS first
FROM conversation WHERE space_id = $1 AND id = $2 FOR NO KEY UPDATE
"""
_BRING = """
WITH given AS (
    INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position,
        role, content, turn_id)
    SELECT $1, $2, $3, id, parent, $8::int + place - 1, role, content, $9::uuid
    FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) WITH ORDINALITY
        AS brought (id, parent, role, content, place)
    ON CONFLICT DO NOTHING
)
UPDATE conversation SET tainted = tainted OR $10 WHERE space_id = $1 AND id = $3
"""


class PostgresHistories(Repository):
    """A Histories."""

    async def bring(
        self,
        scope: Scope,
        conversation_id: UUID,
        messages: Sequence[Brought],
        *,
        key: UUID,
        under: UUID | None,
    ) -> UUID:
        found = [uuid5(key, f"brought:{place}") for place in range(len(messages))]

        async def work(session: Session) -> UUID:
            row = await session.first(_LOCK, scope.space_id, conversation_id, under)
            if row is None:
                raise NotFoundError("There is no such conversation.", code="conversation_not_found")
            await session.fetch(
                _BRING,
                *(scope.space_id, scope.organisation_id, conversation_id),
                *(found, [under, *found[:-1]]),
                [message.role.value for message in messages],
                [clean(message.content) for message in messages],
                row["first"],
                # Of no turn that there is.
                uuid5(key, "brought"),
                any(message.role is not Role.USER for message in messages),
            )
            return found[-1]

        return await self._run(scope, work)
