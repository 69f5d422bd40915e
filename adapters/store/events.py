"""The log's durable part, read back."""

from collections.abc import Sequence

from adapters.store.repository import Repository
from adapters.store.session import Session
from domain.wire import decode
from models.payloads.events import LARGEST, EventId, LoggedEvent
from models.payloads.scope import LogKey

_AFTER = """
SELECT payload FROM event
WHERE space_id = $1 AND conversation_id = $2
    AND (turn_number, sequence) > ($3, $4) AND (turn_number, sequence) < ($5, $6)
ORDER BY turn_number, sequence LIMIT $7
"""
_END = EventId(LARGEST + 1, 0)
# A reader asks again for more; this keeps one answer below a few megabytes.
MOST = 1_000


class PostgresStoredEvents(Repository):
    async def after(
        self, log: LogKey, after: EventId, before: EventId | None, limit: int
    ) -> Sequence[LoggedEvent]:
        async def work(session: Session) -> Sequence[LoggedEvent]:
            rows = await session.fetch(
                _AFTER,
                log.scope.space_id,
                log.conversation_id,
                *after,
                *(before or _END),
                min(limit, MOST),
            )
            return [decode(row["payload"]) for row in rows]

        return await self._run(log.scope, work)
