"""Send a message, and watch what comes of it."""

import re
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, Path
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api import posting, replying, sending
from api.dependencies import (
    Context,
    Edge,
    IdempotencyKey,
    Member,
    TheEdge,
    message_id,
)
from api.remarking import named_documents
from api.routes.documentation import EVENT_STREAM, failures
from api.schemas.turns import Accepted, Answered, NewMessage, Regeneration

router = APIRouter(tags=["messages"])

LONGEST_WAIT: Final = 60
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?=$|[,;\s])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """How the caller wants the answer; `wait` in seconds, 0 for not at all."""

    streams: bool
    wait: int


async def _asked(
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    prefer: Annotated[
        str,
        Header(
            description="`wait=N`: answer with the finished turn when it takes N seconds at most"
            f" ({LONGEST_WAIT} is the limit)",
            examples=["wait=30"],
        ),
    ] = "",
) -> Asked:
    return Asked("text/event-stream" in accept.lower(), _seconds(prefer))


Manner = Annotated[Asked, Depends(_asked)]

ANSWERS = {
    200: {**EVENT_STREAM, "model": Answered},
    202: {"model": Accepted, "description": "Taken; follow `events`"},
    **failures(404, 409, 410, 413, 429),
}


@router.post(
    "/v1/conversations/{conversation_id}/messages",
    status_code=202,
    operation_id="sendMessage",
    response_model=Accepted,
    responses=ANSWERS,
)
async def send(
    edge: TheEdge,
    context: Member,
    conversation_id: UUID,
    body: NewMessage,
    key: IdempotencyKey,
    manner: Manner,
) -> Response:
    """Send a message. `Accept: text/event-stream` streams the turn that answers it until it ends;
    `Prefer: wait=N` waits for the finished turn; else 202 tells where to follow it. A copy (same
    `id`, or same `Idempotency-Key`) runs nothing and gets the same turn."""
    the_id = message_id(body.id, key) or uuid4()
    sent = await posting.post(edge, context, conversation_id, the_id, body)
    events = f"/v1/conversations/{conversation_id}/events"
    return await reply(edge, context, sent, events, manner)


@router.post(
    "/v1/conversations/{conversation_id}/messages/{message_id}/regenerate",
    status_code=202,
    operation_id="regenerateMessage",
    response_model=Accepted,
    responses=ANSWERS,
)
async def regenerate(
    edge: TheEdge,
    context: Member,
    conversation_id: UUID,
    answered: Annotated[UUID, Path(alias="message_id")],
    key: IdempotencyKey,
    manner: Manner,
    body: Regeneration | None = None,
) -> Response:
    """Answer a message again: a user's, or the one that an assistant's message answers. The new
    answer stands beside the earlier ones. Answered as a message that is sent."""
    wanted = body or Regeneration()
    the_id = message_id(wanted.id, key) or uuid4()
    place = await sending.stand(edge.ports, context, conversation_id, the_id)
    question = await edge.ports.conversations.question(context.scope, conversation_id, answered)
    again = NewMessage(
        id=the_id,
        content=question.content,
        on_busy=wanted.on_busy,
        agent=wanted.agent,
        references=await named_documents(edge.ports, context, conversation_id, question.id),
    )
    sent = await sending.send(edge, context, place, again, regenerates=question.id)
    events = f"/v1/conversations/{conversation_id}/events"
    return await reply(edge, context, sent, events, manner)


@router.post(
    "/v1/messages",
    status_code=202,
    operation_id="sendFirstMessage",
    response_model=Accepted,
    responses=ANSWERS,
    tags=["conversations"],
)
async def send_first(
    edge: TheEdge,
    context: Member,
    body: NewMessage,
    key: IdempotencyKey,
    manner: Manner,
) -> Response:
    """The same, making the conversation too. Copies of the message find the same conversation."""
    sent = await posting.post_first(edge, context, message_id(body.id, key) or uuid4(), body)
    events = f"/v1/conversations/{sent.conversation_id}/events"
    return await reply(edge, context, sent, events, manner)


async def reply(
    edge: Edge, context: Context, sent: sending.Sent, events: str, manner: Asked
) -> Response:
    """In the manner that the caller asked for."""
    headers = {
        "x-turn-id": str(sent.result.turn_id),
        "x-conversation-id": str(sent.conversation_id),
    }
    if manner.streams:
        frames = replying.frames(edge.ports, context, sent, edge.limits.longest_stream)
        return edge.stream(frames, headers)
    if manner.wait:
        headers["preference-applied"] = f"wait={manner.wait}"
        if answered := await replying.answer(edge.ports, context, sent, float(manner.wait)):
            return JSONResponse(answered.model_dump(mode="json"), 200, headers)
    accepted = replying.accepted(sent, events)
    return JSONResponse(accepted.model_dump(mode="json"), 202, headers)


def _seconds(prefer: str) -> int:
    """Of `wait=N`, at most LONGEST_WAIT; 0 without. What cannot be read is passed over, as
    RFC 7240 says."""
    found = _WAIT.search(prefer)
    return min(int(found[1]), LONGEST_WAIT) if found else 0
