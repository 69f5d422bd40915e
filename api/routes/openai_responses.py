"""OpenAI's Responses API, for the clients that people have: the model is an agent's name."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api import rates
from api.dependencies import Context, Edge, IdempotencyKey, Member, TheEdge, Viewer
from api.event_schemas import stream_of
from api.openai import responding
from api.openai.asking import agent_of, message_of
from api.openai.awaiting import answered
from api.openai.numbers import LARGEST
from api.openai.parameters import OF_RESPONSES
from api.openai.reading import read
from api.openai.responding import Responding
from api.routes.documentation import body_of
from api.routes.openai_models import failures
from api.schemas.openai import NewResponse
from api.stopping import stop_named
from domain.ports.conversations import ConversationKind

router = APIRouter(prefix="/v1/openai/responses", tags=["openai"])

# A stop is felt within half a second; who asks for it is told how it went, if that is so.
_STOPPED: Final = 3.0

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": body_of(NewResponse)}},
    }
}
_ANSWER: Final[dict[str, Any]] = {
    "description": "The response; with `stream` its events",
    "content": {
        "application/json": {"schema": {"type": "object"}},
        **stream_of(None),
    },
}
ResponseId = Annotated[str, Path(max_length=200, examples=["resp_5b1a4d0e3c524a9f8a66…"])]


@router.post(
    "",
    operation_id="createResponse",
    response_class=Response,
    openapi_extra=_BODY,
    responses={200: _ANSWER, **failures(404, 409, 413, 429)},
)
async def create(edge: TheEdge, context: Member, request: Request, key: IdempotencyKey) -> Response:
    """A turn. `previous_response_id` goes on from that one, `conversation` at a conversation's
    end; without either it begins one. A disconnect stops nothing: read it again, or go on with
    its stream by `starting_after`."""
    body = await read(request, NewResponse, OF_RESPONSES)
    if body.stream:
        await rates.hold(request, context)
    agent = await agent_of(edge.ports, context, body.model)
    message_id = await message_of(edge.ports, context, request, key)
    question = responding.question_of(agent, body, message_id)
    turn = await responding.respond(edge, context, body, question)
    if body.stream:
        return _stream(edge, context, turn, None)
    if body.background:
        return JSONResponse(responding.begun(turn))
    return JSONResponse(await responding.whole(edge, context, turn))


@router.get(
    "/{response_id}",
    operation_id="getResponse",
    response_class=Response,
    responses={200: _ANSWER, **failures(404)},
)
async def get(
    edge: TheEdge,
    context: Viewer,
    request: Request,
    response_id: ResponseId,
    stream: bool = False,  # noqa: FBT001, FBT002 - a parameter of the query
    starting_after: Annotated[
        int | None,
        Query(ge=0, le=LARGEST, description="The sequence number of the last event that was seen"),
    ] = None,
) -> Response:
    """As it stands; with `stream` its events, from the first or from behind one."""
    if stream:
        await rates.hold(request, context)
    turn, view = await responding.found(edge, context, response_id)
    if stream:
        return _stream(edge, context, turn, starting_after)
    return JSONResponse(await responding.stands(edge, context, turn, view))


@router.post(
    "/{response_id}/cancel",
    operation_id="cancelResponse",
    response_class=Response,
    responses={200: _ANSWER, **failures(404)},
)
async def cancel(edge: TheEdge, context: Member, response_id: ResponseId) -> Response:
    """Stop it; what it said so far is kept. One that has ended stays as it is."""
    turn, view = await responding.found(edge, context, response_id)
    if view is None or view.outcome is None:
        where = turn.conversation_id, turn.turn_id
        log_key = context.log(turn.conversation_id)
        await stop_named(edge.ports, log_key, ConversationKind.CHAT, turn.turn_id)
        try:
            async with asyncio.timeout(_STOPPED):
                await answered(edge, context, *where, turn.after, patient=True)
        except TimeoutError:
            pass
        turn, view = await responding.found(edge, context, response_id)
        if view is None:
            return JSONResponse(responding.cancelled(turn))
    return JSONResponse(await responding.stands(edge, context, turn, view))


def _stream(edge: Edge, context: Context, turn: Responding, after: int | None) -> Response:
    headers = {"x-turn-id": str(turn.turn_id), "x-conversation-id": str(turn.conversation_id)}
    return edge.stream(responding.frames(edge, context, turn, after), headers, retries=False)
