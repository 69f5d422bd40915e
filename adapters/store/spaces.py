"""Spaces and who belongs to them, as tokens name them."""

from typing import Any

from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.ports.identity import Caller
from models.errors import AccessError, NotFoundError
from models.payloads.scope import Scope

_CONTEXT = """
SELECT name, voice, integrations FROM space WHERE id = $1 AND organisation_id = $2
"""
_ORGANISATION = "INSERT INTO organisation (id) VALUES ($1) ON CONFLICT DO NOTHING"
_SPACE = "INSERT INTO space (id, organisation_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_KNOWN = "SELECT 1 FROM space WHERE id = $1 AND organisation_id = $2"
_MEMBERSHIP = """
INSERT INTO membership (space_id, organisation_id, user_id, role) VALUES ($1, $2, $3, $4)
ON CONFLICT (space_id, user_id) DO UPDATE SET role = excluded.role
WHERE membership.space_id = $1 AND membership.role <> excluded.role
"""


class PostgresSpaces(Repository):
    async def context(self, scope: Scope) -> dict[str, Any]:
        """One query; whoever asks often keeps the answer for a while."""

        async def work(session: Session) -> dict[str, Any]:
            row = await session.first(_CONTEXT, scope.space_id, scope.organisation_id)
            if row is None:
                raise NotFoundError("There is no such space.", code="space_not_found")
            return dict(row)

        return await self._run(scope, work)

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        """A space id belongs to the organisation that had it first: AccessError for another."""

        async def work(session: Session) -> None:
            ids = scope.space_id, scope.organisation_id
            await session.fetch(_ORGANISATION, scope.organisation_id)
            await session.fetch(_SPACE, *ids)
            if await session.first(_KNOWN, *ids) is None:
                raise AccessError("This space is another organisation's.")
            role = caller.spaces[scope.space_id]
            await session.fetch(_MEMBERSHIP, *ids, caller.user_id, role.value)

        await self._run(scope, work)
