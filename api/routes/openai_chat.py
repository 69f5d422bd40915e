"""OpenAI's Chat Completions, for the clients that people have: the model is an agent's name."""

import time
from collections.abc import AsyncGenerator
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from api import rates
from api.dependencies import Context, Edge, IdempotencyKey, Member, TheEdge
from api.dialects.openai_chat import ChatEncoder
from api.event_schemas import stream_of
from api.openai.asking import Question, agent_of, ask_apart, message_of, terms_of
from api.openai.awaiting import answered
from api.openai.completion import Facts, Failure, completion, failure_of
from api.openai.errors import error_body
from api.openai.names import completion_id
from api.openai.parameters import OF_COMPLETIONS, unsupported
from api.openai.reading import read
from api.openai.saying import said_in
from api.routes.documentation import body_of
from api.routes.openai_models import failures
from api.schemas.openai import NewCompletion
from api.sending import Extra, Sent
from api.watching import watch
from models.errors import AppError
from models.payloads.agent import Agent, Open

router = APIRouter(prefix="/v1/openai/chat/completions", tags=["openai"])

_LATE: Final = Failure("answer_late", "The answer takes longer than a stream lasts.")
# Of a turn's failures, those that its message is the reason for.
_CALLERS: Final = frozenset({"context_too_long", "input_refused"})
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": body_of(NewCompletion)}},
    }
}
_ANSWER: Final[dict[str, Any]] = {
    "description": "The completion; with `stream` its chunks",
    "content": {
        "application/json": {"schema": {"type": "object"}},
        **stream_of(None),
    },
}


_TAKES_LONG: Final[dict[str, Any]] = {
    **failures(503)[503],
    "description": "Codes: answer_late; the same request, sent again, goes on waiting",
}


@router.post(
    "",
    operation_id="createChatCompletion",
    response_class=Response,
    openapi_extra=_BODY,
    responses={200: _ANSWER, **failures(404, 409, 413, 429, 502), 504: _TAKES_LONG},
)
async def create(edge: TheEdge, context: Member, request: Request, key: IdempotencyKey) -> Response:
    """An answer to the last message. It stands alone: what was said before is what `messages` say
    of it. A request that its client sends again by itself runs once."""
    body = await read(request, NewCompletion, OF_COMPLETIONS)
    if body.stream:
        await rates.hold(request, context)
    agent = await agent_of(edge.ports, context, body.model)
    message_id = await message_of(edge.ports, context, request, key)
    sent = await ask_apart(edge, context, _question(agent, body, message_id))
    facts = Facts(completion_id(sent.result.turn_id), int(time.time()), agent.name)
    if body.stream:
        usage = body.stream_options is not None and bool(body.stream_options.include_usage)
        encoder = ChatEncoder(facts, include_usage=usage)
        return edge.stream(_frames(edge, context, sent, encoder), _headers(sent), retries=False)
    return await _whole(edge, context, sent, facts)


async def _frames(
    edge: Edge, context: Context, sent: Sent, encoder: ChatEncoder
) -> AsyncGenerator[bytes, None]:
    for frame in encoder.opening():
        yield frame
    events = watch(edge, context, sent.conversation_id, sent.result.turn_id, sent.after)
    failure = _LATE
    try:
        async for event in events:
            for frame in encoder.take(event):
                yield frame
            if encoder.ended:
                return
    except AppError as error:  # a stream without an end would look like a whole answer
        failure = Failure(error.code, error.detail)
    finally:
        await events.aclose()
    for frame in encoder.broken(failure):
        yield frame


async def _whole(edge: Edge, context: Context, sent: Sent, facts: Facts) -> Response:
    """The completion, or why there is none: a turn that has failed has ended, and its client need
    not ask again for it; one that takes too long goes on, and a client that asks again finds it."""
    where = sent.conversation_id, sent.result.turn_id
    answer = await answered(edge, context, *where, sent.after, patient=True)
    headers = _headers(sent)
    if answer.ending is None:
        return JSONResponse(error_body(504, _LATE.code, _LATE.detail), 504, headers)
    if (failure := failure_of(answer.ending)) is not None:
        status = 400 if failure.code in _CALLERS else 502
        said = error_body(status, failure.code, failure.detail)
        return JSONResponse(said, status, {**headers, "x-should-retry": "false"})
    return JSONResponse(completion(facts, answer, answer.ending), headers=headers)


def _question(agent: Agent, body: NewCompletion, message_id: UUID) -> Question:
    said = said_in(body.messages, "messages")
    if said.verdicts:
        raise unsupported("messages", "mcp_approval_response")
    limits = {"max_completion_tokens": body.max_completion_tokens, "max_tokens": body.max_tokens}
    limit = next((name for name, value in limits.items() if value is not None), "max_tokens")
    terms = terms_of(
        agent,
        {
            Open.INSTRUCTIONS: said.instructed_by or "messages",
            Open.TEMPERATURE: "temperature",
            Open.OUTPUT_TOKENS: limit,
        },
        temperature=body.temperature,
        output_tokens=limits[limit],
        instructions=said.instructions,
    )
    return Question(agent, message_id, said, Extra(terms, body.metadata or {}))


def _headers(sent: Sent) -> dict[str, str]:
    return {"x-turn-id": str(sent.result.turn_id), "x-run-id": str(sent.conversation_id)}
