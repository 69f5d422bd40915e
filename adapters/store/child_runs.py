"""The place of a run that another turn calls: made while that turn is open, and not after it."""

from typing import Final

from adapters.store.conversations import CREATE
from adapters.store.repository import Repository
from adapters.store.session import Session
from adapters.store.stored import clean
from adapters.store.turns import keep_body
from models.errors import NotFoundError
from models.payloads.scope import TurnKey
from models.payloads.turn import IncomingMessage
from models.states import ConversationKind

# Whoever erases the conversation locks its open turns first, and then finds this run by its call.
_LOCK: Final = """
SELECT FROM turn WHERE space_id = $1 AND conversation_id = $2 AND id = $3 AND outcome IS NULL
FOR SHARE
"""


class PostgresChildRuns(Repository):
    async def make(self, caller: TurnKey, message: IncomingMessage, text: str) -> None:
        run_id, space_id = message.message_id, caller.scope.space_id
        made = space_id, caller.scope.organisation_id, run_id, None, message.agent.name

        async def work(session: Session) -> None:
            turn = await session.first(_LOCK, space_id, caller.conversation_id, caller.turn_id)
            if turn is None:
                raise NotFoundError("The turn that called is over.", code="call_not_found")
            await session.fetch(CREATE, *made, ConversationKind.RUN.value, message.user_id)
            if message.content is None:
                await keep_body(session, run_id, run_id, clean(text), message.body_hash)

        await self._run(caller.scope, work)
