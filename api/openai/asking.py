"""From a request of OpenAI's to a turn of ours: who answers, on which terms, after what."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from starlette.requests import Request

from api import sending
from api.dependencies import Context, Edge, message_id
from api.openai.errors import ModelNotFoundError, ParameterError
from api.openai.parameters import unsupported
from api.openai.saying import Said
from api.ports import Ports
from api.referring import check_references
from api.schemas.turns import NewMessage
from api.sending import Extra, Place, Sent
from api.text import checked_message
from domain.ports.bringing import Brought
from domain.ports.conversations import Conversation, ConversationKind
from domain.terms import INSTRUCTIONS_BYTES, closed
from models import ids
from models.errors import ConflictError, InvalidError
from models.payloads.agent import Agent, Open, Terms

# How many times a client of theirs has sent this request before.
_RETRIES: Final = "x-stainless-retry-count"


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be answered, and by whom."""

    agent: Agent
    message_id: UUID
    said: Said
    extra: Extra


async def agent_of(ports: Ports, context: Context, name: str) -> Agent:
    """ModelNotFoundError."""
    try:
        return await ports.agents.get(context.scope, name)
    except InvalidError:
        raise ModelNotFoundError(name) from None


async def message_of(ports: Ports, context: Context, request: Request, key: str | None) -> UUID:
    """The message's id: its key's; or, where its client sends a request again by itself and gives
    none, the one that it had."""
    if (given := message_id(None, key)) is not None:
        return given
    seen = hashlib.sha256(f"{context.caller.user_id}\n{request.url.path}\n".encode())
    seen.update(await request.body())
    again = request.headers.get(_RETRIES, "0") != "0"
    return await ports.repeats.begun(context.scope, seen.hexdigest(), uuid4(), again=again)


def terms_of(
    agent: Agent,
    names: Mapping[Open, str],
    *,
    temperature: float | None,
    output_tokens: int | None,
    instructions: Sequence[str],
) -> Terms | None:
    """What the caller sets, where the agent leaves it open; `names` is what the caller calls it.
    ParameterError."""
    text = "\n\n".join(part for part in instructions if part.strip())
    terms = Terms(temperature=temperature, output_tokens=output_tokens, instructions=text or None)
    if terms == Terms():
        return None
    refused = closed(agent, terms)
    if refused is Open.INSTRUCTIONS:
        raise unsupported(names[refused])
    if refused is not None:
        raise unsupported(names[refused], getattr(terms, refused))
    if output_tokens is not None and output_tokens > agent.output_tokens:
        raise ParameterError(
            f"{names[Open.OUTPUT_TOKENS]} is too large: {output_tokens}. This model supports at"
            f" most {agent.output_tokens} completion tokens.",
            code="integer_above_max_value",
            param=names[Open.OUTPUT_TOKENS],
        )
    if len(text.encode()) > INSTRUCTIONS_BYTES:
        raise ParameterError(
            f"Instructions may have {INSTRUCTIONS_BYTES:,} bytes.",
            code="string_above_max_length",
            param=names[Open.INSTRUCTIONS],
        )
    return terms


async def ask(
    edge: Edge,
    context: Context,
    question: Question,
    conversation_id: UUID | None,
    parent_id: UUID | None,
) -> Sent:
    """In a conversation, below the parent or at its end; or in a new one."""
    new = conversation_id is None
    place_id = conversation_id or ids.conversation_id_for(
        context.scope.space_id, question.message_id
    )
    await _check(edge, context, place_id, question)
    if new:
        made = _made(edge.ports, context, place_id, question.agent, ConversationKind.CHAT)
        place = await sending.stand_in_new(edge.ports, context, made, question.message_id)
    else:
        place = await sending.stand(edge.ports, context, place_id, question.message_id)
    parent_id = await _brought(edge.ports, context, place, question, parent_id)
    return await sending.send(
        edge, context, place, _message(question, parent_id), extra=question.extra
    )


async def ask_apart(edge: Edge, context: Context, question: Question) -> Sent:
    """In a run of its own: nothing goes on from it, and no list of conversations has it."""
    run_id = ids.conversation_id_for(context.scope.space_id, question.message_id)
    await _check(edge, context, run_id, question)
    making = _made(edge.ports, context, run_id, question.agent, ConversationKind.RUN)
    place = await sending.stand_in_new(edge.ports, context, making, question.message_id)
    parent_id = await _brought(edge.ports, context, place, question, None)
    said = _message(question, parent_id)
    return await sending.send_apart(
        edge, context, place, said, question.agent.plan(), question.extra
    )


async def _check(edge: Edge, context: Context, place_id: UUID, question: Question) -> None:
    checked_message(question.said.text, edge.limits.message_characters)
    body = _message(question, None)
    await check_references(edge.ports, context, place_id, question.message_id, body)


async def _made(
    ports: Ports, context: Context, place_id: UUID, agent: Agent, kind: ConversationKind
) -> Conversation:
    made = await ports.conversations.create(
        context.scope,
        context.caller.user_id,
        conversation_id=place_id,
        title=None,
        agent=agent.name,
        kind=kind,
    )
    if made.kind is not kind:
        raise ConflictError("Something else has this id.", code="id_taken")
    return made


async def _brought(
    ports: Ports, context: Context, place: Place, question: Question, under: UUID | None
) -> UUID | None:
    """The parent of the new message, below the history that came with it. A copy of a message that
    has its turn brings nothing more."""
    history: Sequence[Brought] = question.said.history
    if not history or place.receipt is not None:
        return under
    return await ports.histories.bring(
        context.scope, place.conversation.id, history, key=question.message_id, under=under
    )


def _message(question: Question, parent_id: UUID | None) -> NewMessage:
    said = question.said
    return NewMessage(
        content=said.text,
        agent=question.agent.name,
        references=said.references,
        parent_id=parent_id,
    )
