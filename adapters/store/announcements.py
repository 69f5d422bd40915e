"""Telling people of approvals: what was done about it stands in the approval's row."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adapters.store.approval_row import approval_of
from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.ports.approvals import Approval
from models.errors import NotFoundError
from models.payloads.scope import Scope

_LOOK = """
UPDATE approval SET noticed_at = clock_timestamp() WHERE space_id = $1 AND id = $2
RETURNING *, clock_timestamp() AS now
"""
_REMINDED = """
UPDATE approval SET reminded_at = coalesce(reminded_at, clock_timestamp())
WHERE space_id = $1 AND id = $2 AND state = 'pending'
"""
_ESCALATED = """
UPDATE approval SET escalated_at = coalesce(escalated_at, clock_timestamp())
WHERE space_id = $1 AND id = $2 AND state = 'pending'
"""
_EXPIRED = """
UPDATE approval SET state = 'expired' WHERE space_id = $1 AND id = $2 AND state = 'pending'
    AND turn_id IS NULL AND expires_at <= clock_timestamp()
"""
_SETTLED = """
UPDATE approval SET delivered_at = coalesce(delivered_at, clock_timestamp())
WHERE space_id = $1 AND id = $2 AND turn_id IS NULL
"""
_TOLD = """
UPDATE approval SET told_at = coalesce(told_at, clock_timestamp())
WHERE space_id = $1 AND id = $2
"""
_MISSED = "SELECT * FROM unnoticed_approvals($1, $2)"
_WOKEN = "UPDATE approval SET woken_at = clock_timestamp() WHERE space_id = $1 AND id = $2"


class PostgresAnnouncements(Repository):
    async def look(self, scope: Scope, approval_id: UUID) -> tuple[Approval, datetime]:
        async def work(session: Session) -> tuple[Approval, datetime]:
            row = await session.first(_LOOK, scope.space_id, approval_id)
            if row is None:
                raise NotFoundError("There is no such approval.", code="approval_not_found")
            return approval_of(row), row["now"]

        return await self._run(scope, work)

    async def reminded(self, scope: Scope, approval_id: UUID, *, escalated: bool) -> None:
        await self._change(scope, _ESCALATED if escalated else _REMINDED, approval_id)

    async def expired(self, scope: Scope, approval_id: UUID) -> None:
        await self._change(scope, _EXPIRED, approval_id)

    async def settled(self, scope: Scope, approval_id: UUID) -> None:
        await self._change(scope, _SETTLED, approval_id)

    async def told(self, scope: Scope, approval_id: UUID) -> None:
        await self._change(scope, _TOLD, approval_id)

    async def missed(self, limit: int, *, everywhere: bool) -> Sequence[tuple[Scope, UUID]]:
        """The one question across spaces: its answer holds ids only."""

        async def work(session: Session) -> Sequence[tuple[Scope, UUID]]:
            rows = await session.fetch(_MISSED, limit, everywhere)
            return [
                (
                    Scope(organisation_id=row["organisation_id"], space_id=row["space_id"]),
                    row["approval_id"],
                )
                for row in rows
            ]

        return await self._database.run(None, work)

    async def woken(self, scope: Scope, approval_id: UUID) -> None:
        await self._change(scope, _WOKEN, approval_id)

    async def _change(self, scope: Scope, statement: str, approval_id: UUID) -> None:
        async def work(session: Session) -> None:
            await session.fetch(statement, scope.space_id, approval_id)

        await self._run(scope, work)
