"""Spaces and who belongs to them, as tokens name them."""

from typing import Any

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean
from domain.ports.identity import PROFILE_CHARACTERS, Caller
from models.errors import AccessError, NotFoundError, TooLargeError
from models.payloads.scope import Scope

_CONTEXT = """
SELECT name, voice, integrations FROM space WHERE id = $1 AND organisation_id = $2
"""
_PROFILE = "SELECT profile FROM space WHERE id = $1 AND organisation_id = $2"
_SET_PROFILE = """
UPDATE space SET profile = $3 WHERE id = $1 AND organisation_id = $2 RETURNING id
"""
_ORGANISATION = "INSERT INTO organisation (id) VALUES ($1) ON CONFLICT DO NOTHING"
_SPACE = "INSERT INTO space (id, organisation_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_KNOWN = "SELECT 1 FROM space WHERE id = $1 AND organisation_id = $2"
_MEMBERSHIP = """
INSERT INTO membership (space_id, organisation_id, user_id, role, claimed_at)
VALUES ($1, $2, $3, $4, to_timestamp($5::double precision))
ON CONFLICT (space_id, user_id) DO UPDATE
SET role = excluded.role, claimed_at = excluded.claimed_at
WHERE membership.space_id = $1 AND excluded.claimed_at >= membership.claimed_at
    AND (membership.role <> excluded.role OR excluded.claimed_at > membership.claimed_at)
"""


class PostgresSpaces(Repository):
    async def context(self, scope: Scope) -> dict[str, Any]:
        """One query; whoever asks often keeps the answer for a while."""

        async def work(session: Session) -> dict[str, Any]:
            row = await session.first(_CONTEXT, scope.space_id, scope.organisation_id)
            if row is None:
                raise _not_found()
            return dict(row)

        return await self._run(scope, work)

    async def profile(self, scope: Scope) -> str:
        """NotFoundError("space_not_found")."""

        async def work(session: Session) -> str:
            row = await session.first(_PROFILE, scope.space_id, scope.organisation_id)
            if row is None:
                raise _not_found()
            return str(row["profile"])

        return await self._run(scope, work)

    async def set_profile(self, scope: Scope, text: str) -> None:
        """TooLargeError("profile_too_long"); NotFoundError("space_not_found")."""
        kept = clean(text).strip()
        if len(kept) > PROFILE_CHARACTERS:
            raise TooLargeError(
                f"A profile has {PROFILE_CHARACTERS} characters at most.", code="profile_too_long"
            )

        async def work(session: Session) -> None:
            ids = scope.space_id, scope.organisation_id
            if await session.first(_SET_PROFILE, *ids, kept) is None:
                raise _not_found()

        await self._run(scope, work)

    async def mirror(self, caller: Caller, scope: Scope) -> None:
        """A space id belongs to the organisation that had it first: AccessError for another."""

        async def work(session: Session) -> None:
            ids = scope.space_id, scope.organisation_id
            await session.fetch(_ORGANISATION, scope.organisation_id)
            await session.fetch(_SPACE, *ids)
            if await session.first(_KNOWN, *ids) is None:
                raise AccessError("This space is another organisation's.")
            role = caller.spaces[scope.space_id]
            await session.fetch(_MEMBERSHIP, *ids, caller.user_id, role.value, caller.claimed_at)

        await self._run(scope, work)


def _not_found() -> NotFoundError:
    return NotFoundError("There is no such space.", code="space_not_found")
