"""Find the turn of a conversation that a client missed the beginning of, where it has no cursor."""

import asyncio
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query

from api.dependencies import Context, Edge
from api.relaying import Followed
from domain.ports.conversations import ConversationKind
from models.errors import NotFoundError, UnavailableError
from models.payloads.events import EventId

Approvals = Annotated[
    Literal["close", "wait"],
    Query(description="`wait`: stay open while a person is asked, instead of ending as usual"),
]
"""Whether its client comes back with a verdict, or waits for one from elsewhere."""

# Between what a run knows and what Postgres says of it.
_LOOKS: Final = 20
_PAUSE: Final = 0.05


async def open_turn(edge: Edge, context: Context, conversation_id: UUID) -> Followed | None:
    """The turn that runs, from its beginning; None when nothing does, and for what is no
    conversation of the space. A turn that is queued is waited for a moment: it begins soon, or no
    worker is up."""
    for _ in range(_LOOKS):
        try:
            turn_id = await edge.ports.turns.open_turn(context.scope, conversation_id)
        except NotFoundError:
            return None
        if turn_id is not None:
            view = await edge.ports.turns.view(context.scope, conversation_id, turn_id)
            return (
                None
                if view is None
                else Followed(conversation_id, turn_id, EventId(view.number, 0))
            )
        if not await _is_open(edge, context, conversation_id):
            return None
        await asyncio.sleep(_PAUSE)
    return None


async def _is_open(edge: Edge, context: Context, conversation_id: UUID) -> bool:
    try:
        return await edge.ports.engine.is_open(context.log(conversation_id), ConversationKind.CHAT)
    except UnavailableError:
        return False
