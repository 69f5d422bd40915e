"""Where a log ends, as far as Postgres knows."""

from adapters.store.repository import Repository
from adapters.store.session import Session
from models.payloads.events import START, EventId
from models.payloads.scope import LogKey

_NEWEST = """
SELECT turn_number, sequence FROM event
WHERE space_id = $1 AND conversation_id = $2
ORDER BY turn_number DESC, sequence DESC LIMIT 1
"""


class PostgresLogEnds(Repository):
    async def newest(self, log: LogKey) -> EventId:
        """The highest stored id; START when nothing is stored."""

        async def work(session: Session) -> EventId:
            row = await session.first(_NEWEST, log.scope.space_id, log.conversation_id)
            return START if row is None else EventId(row["turn_number"], row["sequence"])

        return await self._run(log.scope, work)
