"""Origins of an organisation's pages in Postgres."""

from collections.abc import Collection
from typing import Final
from uuid import UUID, uuid4

from adapters.store.repository import Repository, lock_organisation
from adapters.store.session import Session
from adapters.store.trail import record, recorded
from models.payloads.scope import Scope

_NO_SPACE: Final = UUID(int=0)

_KNOWN = "SELECT known FROM web_origin_known($1)"
_OF = "SELECT origin FROM web_origin WHERE organisation_id = $1"
_DROP = "DELETE FROM web_origin WHERE organisation_id = $1 AND origin <> ALL($2::varchar[])"
_ADD = """
INSERT INTO web_origin (organisation_id, origin) SELECT $1, unnest($2::varchar[])
ON CONFLICT DO NOTHING
"""


class PostgresWebOrigins(Repository):
    """Implements `domain.ports.web_origins.WebOrigins`."""

    async def known(self, origin: str) -> bool:
        async def work(session: Session) -> bool:
            row = await session.first(_KNOWN, origin)
            return row is not None and bool(row["known"])

        # A browser that asks has not said who calls: no organisation, so no scope.
        return await self._database.run(None, work)

    async def of(self, organisation_id: UUID) -> frozenset[str]:
        async def work(session: Session) -> frozenset[str]:
            rows = await session.fetch(_OF, organisation_id)
            return frozenset(row["origin"] for row in rows)

        scope = Scope(organisation_id=organisation_id, space_id=_NO_SPACE)
        return await self._run(scope, work)

    async def replace(self, scope: Scope, origins: Collection[str], *, by: UUID) -> None:
        entry, listed = uuid4(), sorted(set(origins))

        async def work(session: Session) -> None:
            await lock_organisation(session)
            if await recorded(session, entry):
                return
            await session.fetch(_DROP, scope.organisation_id, listed)
            await session.fetch(_ADD, scope.organisation_id, listed)
            details = {"origins": listed}
            subject = scope.organisation_id
            await record(session, entry, "origins.replaced", subject, by=by, details=details)

        await self._run(scope, work)
