"""The ledger of what providers cost, in Postgres."""

from collections.abc import Sequence
from uuid import UUID

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import INSERT_USAGE, usage_json
from domain.ports.transcript import UsageEntry
from models.payloads.scope import Scope

_RECORD = f"""
WITH holder AS (SELECT $4::uuid AS user_id, NULL::varchar AS agent)
{INSERT_USAGE.format(turn="NULL::uuid", entries="$5")}
"""


class PostgresUsage(Repository):
    """Fills the UsageLedger port; a turn's own usage is written with its steps."""

    async def record(
        self, scope: Scope, cause: UUID, entries: Sequence[UsageEntry], *, user_id: UUID
    ) -> None:
        if not entries:
            return

        async def work(session: Session) -> None:
            named = [(str(index), entry) for index, entry in enumerate(entries)]
            await session.fetch(
                _RECORD,
                scope.space_id,
                scope.organisation_id,
                None,
                user_id,
                usage_json(cause, named),
            )

        await self._run(scope, work)
