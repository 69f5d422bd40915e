"""Chats for AI SDK's clients: `useChat` with nothing but `api` set."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api import resuming
from api.ai_sdk.chat import Chat
from api.ai_sdk.history import history
from api.dependencies import (
    Context,
    Edge,
    IdempotencyKey,
    Member,
    TheEdge,
    ThePorts,
    Viewer,
    message_id,
    visible,
)
from api.dialects import ai_sdk, sse
from api.dialects.ai_sdk_parts import Client
from api.event_schemas import stream_of
from api.relaying import Chunk, Followed, relay
from api.resuming import Approvals
from api.routes.conversations import PageCursor
from api.routes.documentation import failures
from api.schemas.ai_sdk import ChatRequest, History
from models import ids
from models.payloads.events import START
from models.payloads.turn import SendStatus

router = APIRouter(prefix="/v1/ai-sdk/chat", tags=["ai sdk"])

_STREAM: Final[dict[str, Any]] = {
    "description": "AI SDK's UI message stream v1",
    "content": {**stream_of(None)},
}
ClientVersion = Annotated[Client, Query(description="Major version of the client's `ai` package")]
ChatId = Annotated[str, Path(min_length=1, max_length=200)]


@router.post(
    "",
    operation_id="chat",
    response_class=Response,
    responses={200: _STREAM, **failures(404, 409, 410, 413, 429)},
)
async def chat(
    edge: TheEdge,
    context: Member,
    body: ChatRequest,
    key: IdempotencyKey,
    client: ClientVersion = Client.V7,
    approvals: Approvals = "close",
) -> Response:
    """What a stock transport posts: a message, another version of one, another answer, or a
    verdict. The answer streams as one assistant message, whose id is the turn's."""
    conversation_id = ids.chat_id(context.scope.space_id, body.id)
    asking = Chat(edge, context, conversation_id, body, message_id(None, key))
    first: list[Chunk] = []
    seen = START
    if asking.decides:
        turn, seen = await asking.resolve()
    else:
        regenerates = body.trigger == "regenerate-message"
        sent = await (asking.regenerate() if regenerates else asking.submit())
        turn = Followed(conversation_id, sent.result.turn_id, sent.after)
        if sent.result.status is SendStatus.QUEUED:
            data = {"position": sent.result.position}
            first.append({"type": "data-queued", "data": data, "transient": True})
    turn = replace(turn, stays=approvals == "wait")
    encoder = ai_sdk.Encoder(conversation_id, client, seen, turn.settled)
    return _stream(edge, context, turn, encoder, first)


@router.get(
    "/{chat_id}/stream",
    operation_id="resumeChat",
    response_class=Response,
    responses={200: _STREAM, 204: {"description": "Nothing runs"}, **failures()},
)
async def resume(
    edge: TheEdge,
    context: Viewer,
    chat_id: ChatId,
    client: ClientVersion = Client.V7,
    approvals: Approvals = "close",
) -> Response:
    """The message that is being written, from its start; 204 when none is, and for a chat that
    nobody has begun."""
    conversation_id = ids.chat_id(context.scope.space_id, chat_id)
    turn = await resuming.open_turn(edge, context, conversation_id)
    if turn is None:
        return Response(status_code=204)
    turn = replace(turn, stays=approvals == "wait")
    return _stream(edge, context, turn, ai_sdk.Encoder(conversation_id, client))


@router.get(
    "/{chat_id}/messages",
    operation_id="listChatMessages",
    response_model=History,
    responses=failures(404),
)
async def messages(
    the: ThePorts,
    context: Viewer,
    chat_id: ChatId,
    limit: Annotated[int, Query(ge=1, le=50, description="Of turns")] = 20,
    cursor: PageCursor = None,
) -> History:
    """The active path as UIMessages, the newest page first. A turn that runs is left to the
    stream: its question stands last."""
    conversation_id = ids.chat_id(context.scope.space_id, chat_id)
    await visible(the, context.scope, conversation_id)
    page = await the.conversations.exchanges(
        context.scope, conversation_id, limit=limit, cursor=cursor
    )
    return await history(the, context, conversation_id, page)


def _stream(
    edge: Edge,
    context: Context,
    turn: Followed,
    encoder: ai_sdk.Encoder,
    first: Sequence[Chunk] = (),
) -> Response:
    frames = relay(edge, context, turn, encoder, first=first, end=sse.DONE)
    return edge.stream(frames, ai_sdk.HEADERS)
