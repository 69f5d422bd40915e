"""Say something in a conversation, or begin one with it: what every door to it does alike."""

from uuid import UUID

from api import sending
from api.dependencies import Context, Edge
from api.referring import check_references
from api.schemas.turns import NewMessage
from api.sending import Sent
from api.text import checked_message
from domain.catalogue import DEFAULT
from domain.ports.conversations import ConversationKind
from models import ids
from models.errors import ConflictError, NotFoundError


async def post(
    edge: Edge, context: Context, conversation_id: UUID, message_id: UUID, body: NewMessage
) -> Sent:
    """To a conversation that there is."""
    checked_message(body.content, edge.limits.message_characters)
    await check_references(edge.ports, context, conversation_id, message_id, body)
    place = await sending.stand(edge.ports, context, conversation_id, message_id)
    return await sending.send(edge, context, place, body)


async def post_to(
    edge: Edge, context: Context, conversation_id: UUID, message_id: UUID, body: NewMessage
) -> Sent:
    """To a conversation that its client has named, and that may have to be made."""
    try:
        return await post(edge, context, conversation_id, message_id, body)
    except NotFoundError:
        return await post_first(edge, context, message_id, body, conversation_id)


async def post_first(
    edge: Edge,
    context: Context,
    message_id: UUID,
    body: NewMessage,
    conversation_id: UUID | None = None,
) -> Sent:
    """Making the conversation too, under an id of its client's or one that copies of the message
    find again."""
    checked_message(body.content, edge.limits.message_characters)
    agent = await edge.ports.agents.get(context.scope, body.agent or DEFAULT)
    conversation_id = conversation_id or ids.conversation_id_for(context.scope.space_id, message_id)
    await check_references(edge.ports, context, conversation_id, message_id, body)
    made = edge.ports.conversations.create(
        context.scope,
        context.caller.user_id,
        conversation_id=conversation_id,
        title=None,
        agent=agent.name,
    )
    place = await sending.stand_in_new(edge.ports, context, made, message_id)
    if place.conversation.kind is not ConversationKind.CHAT:
        raise ConflictError("A run has this id.", code="id_taken")
    return await sending.send(edge, context, place, body)
