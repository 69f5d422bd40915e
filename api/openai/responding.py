"""Responses: a turn of a conversation, or one apart, in the manner that was asked for."""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from api.dependencies import Context, Edge, visible
from api.dialects.openai_responses import ResponseEncoder
from api.openai.answer import Answer, Ending
from api.openai.asking import Question, ask, ask_apart, terms_of
from api.openai.awaiting import answered, standing
from api.openai.errors import ParameterError
from api.openai.names import conversation_name, conversation_of, response_id, turn_of
from api.openai.response import Facts, document
from api.openai.saying import Said, said_in
from api.ports import Ports
from api.schemas.openai import NewResponse
from api.sending import Extra
from api.verdicts import Given, give
from api.watching import watch
from domain.ports.conversations import ConversationKind, TurnView
from models.errors import ConflictError, NotFoundError
from models.payloads.agent import Agent, Open
from models.payloads.events import EventId
from models.payloads.turn import Outcome, SendStatus

_NAMES: Final = {
    Open.INSTRUCTIONS: "instructions",
    Open.TEMPERATURE: "temperature",
    Open.OUTPUT_TOKENS: "max_output_tokens",
}


_ECHOED: Final = (
    "max_output_tokens",
    "previous_response_id",
    "prompt_cache_key",
    "safety_identifier",
    "user",
)


@dataclass(frozen=True, slots=True)
class Responding:
    """A turn that answers, where in the log it is all ahead, and what is said of it."""

    conversation_id: UUID
    turn_id: UUID
    after: EventId
    facts: Facts
    queued: bool = False
    settled: frozenset[str] = frozenset()
    """Calls of it that were just decided: the log may not say so yet."""


def question_of(agent: Agent, body: NewResponse, message_id: UUID) -> Question:
    """ParameterError for what the agent does not leave open, and what is not understood."""
    said = said_in(body.input, "input")
    names = _NAMES
    if said.instructed_by is not None and body.instructions is None:
        names = {**_NAMES, Open.INSTRUCTIONS: said.instructed_by}
    terms = terms_of(
        agent,
        names,
        temperature=body.temperature,
        output_tokens=body.max_output_tokens,
        instructions=[body.instructions or "", *said.instructions],
    )
    extra = Extra(terms, body.metadata or {}, _echo(agent, body))
    return Question(agent, message_id, said, extra)


async def respond(
    edge: Edge, context: Context, body: NewResponse, question: Question
) -> Responding:
    """Begin it; a copy of a request finds what was begun."""
    if question.said.verdicts:
        return await _decided(edge, context, question.said)
    if body.store is False:
        if body.previous_response_id is not None or body.conversation is not None:
            raise _clash("store", "false, since a conversation is kept")
        sent = await ask_apart(edge, context, question)
    else:
        place = await _place(edge.ports, context, body, question.said)
        sent = await ask(edge, context, question, *place)
    turn_id, conversation_id = sent.result.turn_id, sent.conversation_id
    return Responding(
        conversation_id,
        turn_id,
        sent.after,
        _facts(body, question, conversation_id, turn_id),
        queued=sent.result.status is SendStatus.QUEUED,
    )


async def frames(
    edge: Edge, context: Context, turn: Responding, after: int | None = None
) -> AsyncGenerator[bytes, None]:
    """The response's stream, behind that sequence number."""
    encoder = ResponseEncoder(turn.facts, turn.turn_id, after)
    for frame in encoder.opening(queued=turn.queued):
        yield frame
    events = watch(edge, context, turn.conversation_id, turn.turn_id, turn.after)
    try:
        async for event in events:
            for frame in encoder.take(event):
                yield frame
    finally:
        await events.aclose()


async def whole(edge: Edge, context: Context, turn: Responding) -> dict[str, Any]:
    """The response once it has ended; in progress when it waits for a person, or takes longer
    than clients wait."""
    where = turn.conversation_id, turn.turn_id
    answer = await answered(edge, context, *where, turn.after, settled=turn.settled)
    if answer.waits:  # all that it asks for at once is in the log together
        view = await edge.ports.turns.view(context.scope, *where)
        if view is not None:
            answer = await standing(edge, context, *where, view.number)
    return document(turn.facts, answer)


def begun(turn: Responding) -> dict[str, Any]:
    """The response as it is accepted."""
    return document(turn.facts, Answer(), "queued" if turn.queued else "in_progress")


def cancelled(turn: Responding) -> dict[str, Any]:
    """The response as it will end, where its turn was stopped and waits still."""
    return document(turn.facts, Answer(ending=Ending("turn.stopped", Outcome.STOPPED)))


async def found(edge: Edge, context: Context, name: str) -> tuple[Responding, TurnView | None]:
    """The response of that id; no view while its turn waits for its turn. NotFoundError."""
    missing = NotFoundError(
        f"Response with id '{name[:100]}' not found.", code="response_not_found"
    )
    if (ids := turn_of(name)) is None:
        raise missing
    conversation_id, turn_id = ids
    try:
        conversation = await visible(edge.ports, context.scope, conversation_id)
    except NotFoundError:
        raise missing from None
    turns, where = edge.ports.turns, (context.scope, conversation_id, turn_id)
    view = await turns.view(*where)
    log_key = context.log(conversation_id)
    if view is None and not await edge.ports.engine.is_open(log_key, ConversationKind.CHAT):
        # A short turn may have begun and ended between the two looks.
        view = await turns.view(*where)
        if view is None:
            raise missing
    now = int(time.time() if view is None else view.started_at.timestamp())
    facts = Facts(name, now, conversation.agent, conversation_name(conversation_id))
    number = 0 if view is None else view.number
    turn = Responding(conversation_id, turn_id, EventId(number, 0), facts, queued=view is None)
    return turn, view


async def stands(
    edge: Edge, context: Context, turn: Responding, view: TurnView | None
) -> dict[str, Any]:
    """The response as it is now."""
    if view is None:
        return begun(turn)
    where = turn.conversation_id, turn.turn_id
    return document(turn.facts, await standing(edge, context, *where, view.number))


async def _place(
    ports: Ports, context: Context, body: NewResponse, said: Said
) -> tuple[UUID | None, UUID | None]:
    """Conversation and parent; neither for a new one."""
    previous, conversation = body.previous_response_id, body.conversation
    if previous is not None and conversation is not None:
        raise _clash("conversation", "together with 'previous_response_id'")
    if previous is not None:
        return await _previous(ports, context, previous)
    if conversation is None:
        return None, None
    if said.history:
        raise _clash("input", "more than one message where a conversation has the earlier ones")
    name = conversation.get("id") if isinstance(conversation, dict) else conversation
    detail = f"Conversation with id '{str(name)[:100]}' not found."
    missing = NotFoundError(detail, code="conversation_not_found")
    conversation_id = conversation_of(name) if isinstance(name, str) else None
    if conversation_id is None:
        raise missing
    try:
        await visible(ports, context.scope, conversation_id)
    except NotFoundError:
        raise missing from None
    return conversation_id, None


async def _previous(ports: Ports, context: Context, name: str) -> tuple[UUID, UUID]:
    """What goes on from an older response is a branch of its own."""
    missing = ParameterError(
        f"Previous response with id '{name[:100]}' not found.",
        code="previous_response_not_found",
        param="previous_response_id",
    )
    if (ids := turn_of(name)) is None:
        raise missing
    try:
        await visible(ports, context.scope, ids[0])
    except NotFoundError:
        raise missing from None
    view = await ports.turns.view(context.scope, *ids)
    if view is None:
        raise missing
    if view.outcome is None:
        raise ConflictError(
            f"Previous response with id '{name[:100]}' is in progress.",
            code="previous_response_in_progress",
        )
    return ids[0], view.message_id if view.answer is None else view.answer.id


async def _decided(edge: Edge, context: Context, said: Said) -> Responding:
    """Verdicts, and then the response that waited for them."""
    if said.text:
        raise _clash("input", "a message beside an answer to 'mcp_approval_request'")
    # All of them first: a request that is refused has decided nothing.
    asked = [
        await edge.ports.approvals.get(context.scope, verdict.approval_id)
        for verdict in said.verdicts
    ]
    places = {(one.conversation_id, one.turn_id) for one in asked}
    conversation_id, turn_id = places.pop()
    if places or conversation_id is None or turn_id is None:
        raise _clash("input", "answers that belong to several responses")
    name = response_id(conversation_id, turn_id)
    turn, _ = await found(edge, context, name)
    for approval, verdict in zip(asked, said.verdicts, strict=True):
        await give(edge.ports, context, approval, Given(verdict.approve, verdict.note))
    return replace(turn, settled=frozenset(one.call_id for one in asked))


def _facts(body: NewResponse, question: Question, conversation_id: UUID, turn_id: UUID) -> Facts:
    extra = question.extra
    return Facts(
        id=response_id(conversation_id, turn_id),
        created_at=int(time.time()),
        model=question.agent.name,
        conversation=conversation_name(conversation_id),
        store=body.store is not False,
        echo=extra.echo,
        instructions=extra.terms.instructions or "" if extra.terms else "",
        metadata=body.metadata or {},
    )


def _echo(agent: Agent, body: NewResponse) -> dict[str, str | float]:
    """What its response tells of a request, now and later; instructions travel as terms do."""
    temperature = agent.temperature if body.temperature is None else body.temperature
    said = {
        "background": bool(body.background),
        "temperature": temperature,
        **{name: getattr(body, name) for name in _ECHOED},
    }
    return {name: value for name, value in said.items() if value is not None}


def _clash(name: str, what: str) -> ParameterError:
    return ParameterError(
        f"Invalid value for '{name}': it cannot be {what}.", code="invalid_value", param=name
    )
