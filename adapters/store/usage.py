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


_KEEP = """
INSERT INTO usage (space_id, organisation_id, id, user_id, document_id, kind, model,
    input_tokens, output_tokens, cached_tokens, cost_usd, price_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING
"""


async def keep_usage(
    session: Session, usage_id: UUID, entry: UsageEntry | None, document_id: UUID | None = None
) -> None:
    """In the transaction that keeps what was paid for: once per id."""
    if entry is None:
        return
    used = entry.usage
    await session.fetch(
        _KEEP,
        *(session.scope.space_id, session.scope.organisation_id, usage_id),
        *(entry.user_id, document_id, entry.kind, entry.model),
        *(used.input_tokens, used.output_tokens, used.cached_tokens),
        *(entry.cost_usd, entry.price_version),
    )


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
