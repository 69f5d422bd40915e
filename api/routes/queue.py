"""Messages that wait behind a running turn: seen by everybody, taken back by who sent them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter

from api.dependencies import Context, Member, ThePorts, Viewer, visible
from api.ports import Ports
from api.routes.documentation import failures
from api.schemas.queue import QueuedView, QueueView
from domain.ports.identity import Role
from models import ids
from models.errors import ConflictError
from models.payloads.turn import Outcome, QueuedMessage, Withdrawal

router = APIRouter(prefix="/v1/conversations/{conversation_id}/queue", tags=["messages"])

# The run bounds its queue by 16, and by what steered its last step in vain.
_MOST: Final = 32


@router.get("", operation_id="listQueue", responses=failures(404))
async def queue(the: ThePorts, context: Viewer, conversation_id: UUID) -> QueueView:
    """The messages that wait for the running turn, in their order. 503 `no_worker` while nobody
    is up to tell."""
    await visible(the, context.scope, conversation_id)
    waiting = (await the.engine.queued(context.log(conversation_id)))[:_MOST]
    texts = await _texts(the, context, conversation_id, waiting)
    return QueueView(
        items=[
            QueuedView(
                message_id=one.message_id,
                turn_id=one.turn_id,
                position=position,
                content=texts.get(one.message_id, "") if one.content is None else one.content,
                agent=one.agent,
                user_id=one.user_id,
            )
            for position, one in enumerate(waiting, start=1)
        ]
    )


async def _texts(
    the: Ports, context: Context, conversation_id: UUID, waiting: Sequence[QueuedMessage]
) -> dict[UUID, str]:
    """Of the long ones. One whose turn has just begun has none here any more."""
    long = [one.message_id for one in waiting if one.content is None]
    if not long:
        return {}
    return dict(await the.turns.kept_texts(context.scope, conversation_id, long))


@router.delete(
    "/{message_id}",
    status_code=204,
    operation_id="takeMessageBack",
    responses=failures(404, 409),
)
async def take_back(
    the: ThePorts, context: Member, conversation_id: UUID, message_id: UUID
) -> None:
    """Take back a message that waits: its turn ends as `withdrawn`, having done nothing. Only its
    sender may, or an admin (`not_the_sender`); 409 `already_started` when it does not wait.
    Repeating it changes nothing. After a 503 `no_worker` it may still be taken back."""
    await visible(the, context.scope, conversation_id)
    all_of_them = context.role.includes(Role.ADMIN)
    wish = Withdrawal(
        message_id=message_id, user_id=None if all_of_them else context.caller.user_id
    )
    try:
        await the.engine.withdraw(context.log(conversation_id), wish)
    except ConflictError:
        turn = await the.turns.view(
            context.scope, conversation_id, ids.turn_id(conversation_id, message_id)
        )
        if turn is None or turn.outcome is not Outcome.WITHDRAWN:
            raise
