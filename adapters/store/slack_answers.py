"""Which message in Slack a turn's answer is written into."""

from typing import Final

from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.slack import Claim
from domain.ports.notifying import Posted
from models.payloads.scope import TurnKey

# Nothing is claimed for a conversation that is erased.
_CLAIM: Final = """
INSERT INTO slack_answer (space_id, organisation_id, turn_id, conversation_id, channel)
SELECT c.space_id, c.organisation_id, $3, c.id, $5 FROM conversation c
WHERE c.space_id = $1 AND c.organisation_id = $2 AND c.id = $4
ON CONFLICT DO NOTHING RETURNING channel
"""
_STANDING: Final = """
SELECT channel, timestamp, created_at FROM slack_answer WHERE space_id = $1 AND turn_id = $2
"""
_KEEP: Final = """
UPDATE slack_answer SET timestamp = $3, channel = $4
WHERE space_id = $1 AND turn_id = $2 AND timestamp = ''
"""


class PostgresSlackAnswers(Repository):
    async def claim(self, turn: TurnKey, channel: str) -> Claim | None:
        """Say that the message is about to be posted there, or learn what came of that before.
        None: the conversation is erased."""

        async def work(session: Session) -> Claim | None:
            ids = turn.scope.space_id, turn.scope.organisation_id, turn.turn_id
            if await session.first(_CLAIM, *ids, turn.conversation_id, channel) is not None:
                return Claim(channel, "", None)
            row = await session.first(_STANDING, turn.scope.space_id, turn.turn_id)
            if row is None:
                return None
            return Claim(row["channel"], row["timestamp"], row["created_at"])

        return await self._run(turn.scope, work)

    async def keep(self, turn: TurnKey, posted: Posted) -> Posted:
        """The first that is kept stays, and is given back."""

        async def work(session: Session) -> Posted:
            space, name = turn.scope.space_id, turn.turn_id
            await session.fetch(_KEEP, space, name, posted.timestamp, posted.channel)
            row = await session.first(_STANDING, space, name)
            return posted if row is None else Posted(row["channel"], row["timestamp"])

        return await self._run(turn.scope, work)
