"""Texts of messages that are too long to travel, in Postgres."""

from adapters.store.repository import Repository
from adapters.store.session import Session
from models.payloads.scope import TurnKey
from models.payloads.turn import IncomingMessage

# Before its claim it is kept beside the conversation, after it in the conversation.
_TEXT = """
SELECT content FROM stored_text
WHERE space_id = $1 AND conversation_id = $2 AND message_id = $3 AND body_hash = $4
UNION ALL
SELECT content FROM message WHERE space_id = $1 AND conversation_id = $2 AND id = $3
"""


class PostgresMessageTexts(Repository):
    """A MessageTexts."""

    async def text(self, turn: TurnKey, message: IncomingMessage) -> str:
        async def work(session: Session) -> str:
            row = await session.first(
                _TEXT,
                *(turn.scope.space_id, turn.conversation_id),
                *(message.message_id, message.body_hash),
            )
            return "" if row is None else row["content"] or ""

        return await self._run(turn.scope, work)
