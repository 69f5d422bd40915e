"""Notes in Postgres."""

from uuid import UUID

from adapters.store.repository import Repository
from adapters.store.session import Session
from models.payloads.scope import Scope

_PUBLISH = """
INSERT INTO note (space_id, organisation_id, id, title, body)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (space_id, id) DO NOTHING
"""


class PostgresNotes(Repository):
    async def publish(self, scope: Scope, key: UUID, *, title: str, body: str) -> UUID:
        async def work(session: Session) -> UUID:
            await session.fetch(_PUBLISH, scope.space_id, scope.organisation_id, key, title, body)
            return key

        return await self._run_patiently(scope, work)
