"""Send a message once, and follow the turn that answers it."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import orjson
import structlog

from api.dependencies import Context, Edge, unknown_conversation
from api.ports import Ports
from api.schemas.turns import NewMessage
from domain.ports.conversations import (
    Conversation,
    ConversationKind,
    ConversationState,
    Receipt,
)
from models import ids
from models.errors import (
    ConflictError,
    GoneError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from models.payloads.agent import AgentPlan, Terms
from models.payloads.events import EventId
from models.payloads.turn import (
    INLINE_TEXT_BYTES,
    ROOT,
    BusyPolicy,
    IncomingMessage,
    RunStart,
    SendResult,
    SendStatus,
    TurnStart,
)
from models.payloads.turn import Limits as TurnLimits

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, and where its log ended before the receipt was looked for: whatever comes
    of the message comes after it."""

    conversation: Conversation
    message_id: UUID
    after: EventId
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a turn has, and where in the log to stand to see all of that turn."""

    conversation_id: UUID
    message_id: UUID
    result: SendResult
    after: EventId


@dataclass(frozen=True, slots=True)
class Extra:
    """What some callers say beside their message, of this one turn."""

    terms: Terms | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    echo: Mapping[str, str | float] = field(default_factory=dict)

    def added(self, message: IncomingMessage) -> IncomingMessage:
        agent = message.agent.model_copy(update={"terms": self.terms})
        said = {"labels": dict(self.labels), "echo": dict(self.echo)}
        return message.model_copy(update={"agent": agent, **said})


Dispatch = Callable[[IncomingMessage], Awaitable[SendResult]]


async def send(
    edge: Edge,
    context: Context,
    place: Place,
    body: NewMessage,
    *,
    regenerates: UUID | None = None,
    extra: Extra | None = None,
) -> Sent:
    """Send to a conversation; or, with the content of the user's message that `regenerates`
    names, ask for another answer to that one. ConflictError, InvalidError, LimitError,
    UnavailableError."""
    conversation = place.conversation
    if place.receipt is None:
        await _check_branch(edge.ports, context, conversation.id, body, regenerates)
    agent = await edge.ports.agents.get(context.scope, body.agent or conversation.agent)
    extra = extra or Extra()

    async def dispatch(message: IncomingMessage) -> SendResult:
        message = extra.added(message)
        if conversation.state is ConversationState.ARCHIVED:
            raise ConflictError("The conversation is archived.", code="conversation_archived")
        if body.on_busy is BusyPolicy.STEER and not await edge.ports.turns.expect_steering(
            context.scope, conversation.id
        ):
            # The run may not know yet that its turn has ended: it would promise that one's answer.
            message = message.model_copy(update={"on_busy": BusyPolicy.ENQUEUE})
        start = TurnStart(
            scope=context.scope,
            conversation_id=conversation.id,
            messages=(message,),
            limits=turn_limits(edge),
        )
        result = await edge.ports.engine.send(start)
        if result.stops is not None:
            # The run knows already why it stops; the flag makes it feel that at once.
            with suppress(UnavailableError):
                await edge.ports.flags.stop(context.log(conversation.id), result.stops)
        return result

    return await deliver(edge.ports, context, place, body, agent.plan(), dispatch, regenerates)


async def send_apart(
    edge: Edge,
    context: Context,
    place: Place,
    body: NewMessage,
    agent: AgentPlan,
    extra: Extra | None = None,
) -> Sent:
    """Start the run whose place it is, with its one message."""
    extra = extra or Extra()

    async def dispatch(message: IncomingMessage) -> SendResult:
        await edge.ports.engine.start_run(
            RunStart(
                scope=context.scope,
                run_id=place.conversation.id,
                message=extra.added(message),
                limits=turn_limits(edge),
            )
        )
        return SendResult(turn_id=message.turn_id, status=SendStatus.STARTED)

    return await deliver(edge.ports, context, place, body, agent, dispatch)


async def _check_branch(
    ports: Ports,
    context: Context,
    conversation_id: UUID,
    body: NewMessage,
    regenerates: UUID | None,
) -> None:
    """InvalidError (steer_branches, parent_unknown) before anything is promised."""
    if body.parent_id is None and regenerates is None:
        return
    if body.on_busy is BusyPolicy.STEER:
        raise InvalidError(
            "A message that begins a branch cannot steer the turn that runs: use enqueue or"
            " interrupt.",
            code="steer_branches",
        )
    if isinstance(body.parent_id, UUID):
        try:
            await ports.conversations.message(context.scope, conversation_id, body.parent_id)
        except NotFoundError as error:
            raise InvalidError(
                "parent_id names no message of this conversation.", code="parent_unknown"
            ) from error


def turn_limits(edge: Edge) -> TurnLimits:
    limits = edge.limits
    return TurnLimits(approval_window=limits.approval_window, idle_window=limits.idle_window)


async def stand(ports: Ports, context: Context, conversation_id: UUID, message_id: UUID) -> Place:
    """Find the end of the log; then the chat, and who has the message. NotFoundError."""
    after = await ports.feed.newest(context.log(conversation_id))
    found, receipt = await ports.conversations.receiving(context.scope, conversation_id, message_id)
    if found.kind is not ConversationKind.CHAT:
        raise unknown_conversation()
    return Place(found, message_id, after, receipt)


async def stand_in_new(
    ports: Ports, context: Context, making: Awaitable[Conversation], message_id: UUID
) -> Place:
    """The same where the conversation may have to be made."""
    made = await making
    after = await ports.feed.newest(context.log(made.id))
    receipt = await ports.turns.receipt(context.scope, made.id, message_id)
    return Place(made, message_id, after, receipt)


async def deliver(
    ports: Ports,
    context: Context,
    place: Place,
    body: NewMessage,
    agent: AgentPlan,
    dispatch: Dispatch,
    regenerates: UUID | None = None,
) -> Sent:
    """Once per message id: a copy of what has its turn is answered with that turn."""
    conversation_id, receipt = place.conversation.id, place.receipt
    if receipt is None:
        message = _incoming(context, place, body, agent, regenerates)
        result = await _dispatched(ports, context, place, message, body.content, dispatch)
        repeated = result.turn_id != message.turn_id
    elif receipt.body_hash != hash_of(body, regenerates):
        raise _reused()
    else:
        result = SendResult(turn_id=receipt.turn_id, status=SendStatus.STARTED)
        repeated = True
    after = place.after
    if repeated:
        turn = await ports.turns.view(context.scope, conversation_id, result.turn_id)
        if turn is not None:
            # It may have begun long ago: stand before it.
            after = EventId(turn.number, 0)
        elif receipt is not None:
            raise GoneError("The message and its answer were erased.", code="message_erased")
    return Sent(conversation_id, place.message_id, result, after)


def _incoming(
    context: Context, place: Place, body: NewMessage, agent: AgentPlan, regenerates: UUID | None
) -> IncomingMessage:
    """What goes through Temporal: a long text is stored instead."""
    is_long = len(body.content.encode()) > INLINE_TEXT_BYTES
    return IncomingMessage(
        message_id=place.message_id,
        turn_id=ids.turn_id(place.conversation.id, place.message_id),
        user_id=context.caller.user_id,
        content=None if is_long else body.content,
        body_hash=hash_of(body, regenerates),
        agent=agent,
        on_busy=body.on_busy,
        references=body.references,
        parent_id=ROOT if body.parent_id == "root" else body.parent_id,
        regenerates=regenerates,
        request_id=context.request_id,
        role=context.role,
    )


async def _dispatched(
    ports: Ports,
    context: Context,
    place: Place,
    message: IncomingMessage,
    text: str,
    dispatch: Dispatch,
) -> SendResult:
    is_long = message.content is None
    if is_long:
        await _claim(ports, context, place, message, text)
    result = await dispatch(message)
    log.info(
        "message.sent",
        turn_id=str(result.turn_id),
        conversation_id=str(place.conversation.id),
        status=result.status.value,
    )
    if not (is_long or result.body_hash):
        # No run has said whose body stands. One that has costs no write before its answer.
        await _claim(ports, context, place, message, None)
    return result


async def _claim(
    ports: Ports, context: Context, place: Place, message: IncomingMessage, text: str | None
) -> None:
    """A message id that has no receipt yet is for who comes first with a body: InvalidError
    (message_reused) for another one."""
    stands = await ports.turns.keep_text(
        context.scope, place.conversation.id, message.message_id, text, message.body_hash
    )
    if stands != message.body_hash:
        raise _reused()


def _reused() -> InvalidError:
    return InvalidError("This message id came with another body before.", code="message_reused")


def hash_of(body: NewMessage, regenerates: UUID | None = None) -> str:
    """Of what the message says and where, and not of how it is to be delivered."""
    said: dict[str, object] = {"agent": body.agent, "content": body.content}
    if body.references:  # so that hashes from before there were any stay what they are
        said["references"] = [str(reference) for reference in body.references]
    if body.parent_id is not None:
        said["parent_id"] = str(body.parent_id)
    if regenerates is not None:
        said["regenerates"] = str(regenerates)
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
