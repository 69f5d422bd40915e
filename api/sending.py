"""Send a message once, and follow the turn that answers it."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
import structlog

from api.dependencies import Context, Edge, unknown_conversation
from api.dialects import native
from api.ports import Ports
from api.schemas.turns import Accepted, Answered, NewMessage
from domain.ports.conversations import (
    Conversation,
    ConversationKind,
    ConversationState,
    Receipt,
)
from models import ids
from models.errors import ConflictError, GoneError, InvalidError, UnavailableError
from models.payloads.agent import AgentPlan
from models.payloads.events import START, TURN_ENDS, EventId, TurnQueued
from models.payloads.turn import (
    INLINE_TEXT_BYTES,
    BusyPolicy,
    IncomingMessage,
    SendResult,
    SendStatus,
    TurnStart,
)
from models.payloads.turn import Limits as TurnLimits

# A turn's last event may reach the reader a moment before a replica of its row does.
_ROW_LOOKS: Final = 10
_ROW_PAUSE: Final = 0.05

_STOPPING: Final = frozenset({BusyPolicy.INTERRUPT, BusyPolicy.ROLLBACK})

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


Dispatch = Callable[[IncomingMessage], Awaitable[SendResult]]


async def send(
    edge: Edge,
    context: Context,
    place: Place,
    body: NewMessage,
) -> Sent:
    """Send to a conversation. ConflictError, InvalidError, LimitError, UnavailableError."""
    conversation = place.conversation
    agent = await edge.ports.agents.get(context.scope, body.agent or conversation.agent)

    async def dispatch(message: IncomingMessage) -> SendResult:
        if conversation.state is ConversationState.ARCHIVED:
            raise ConflictError("The conversation is archived.", code="conversation_archived")
        turns, running = edge.ports.turns, None
        if body.on_busy is BusyPolicy.STEER and not await turns.expect_steering(
            context.scope, conversation.id
        ):
            # The run may not know yet that its turn has ended: it would promise that one's answer.
            message = message.model_copy(update={"on_busy": BusyPolicy.ENQUEUE})
        if body.on_busy in _STOPPING:
            running = await turns.open_turn(context.scope, conversation.id)
        start = TurnStart(
            scope=context.scope,
            conversation_id=conversation.id,
            messages=(message,),
            limits=turn_limits(edge),
        )
        result = await edge.ports.engine.send(start)
        if running is not None and running != result.turn_id:
            # The run knows already why it stops; the flag makes it feel that at once.
            with suppress(UnavailableError):
                await edge.ports.flags.stop(context.log(conversation.id), running)
        return result

    return await deliver(edge.ports, context, place, body, agent.plan(), dispatch)


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
) -> Sent:
    """Once per message id: a copy of what has its turn is answered with that turn."""
    conversation_id, message_id, receipt = place.conversation.id, place.message_id, place.receipt
    turn_id = ids.turn_id(conversation_id, message_id)
    body_hash = hash_of(body)
    if receipt is None:
        standing = _Standing(ports, context, conversation_id, message_id, body_hash)
        is_long = len(body.content.encode()) > INLINE_TEXT_BYTES
        if is_long:
            await standing.claim(body.content)
        message = IncomingMessage(
            message_id=message_id,
            turn_id=turn_id,
            user_id=context.caller.user_id,
            content=None if is_long else body.content,
            body_hash=body_hash,
            agent=agent,
            on_busy=body.on_busy,
            references=body.references,
            request_id=context.request_id,
            role=context.role,
        )
        result = await dispatch(message)
        log.info(
            "message.sent",
            turn_id=str(result.turn_id),
            conversation_id=str(conversation_id),
            status=result.status.value,
        )
        if not (is_long or result.body_hash):
            # No run has said whose body stands. One that has costs no write before its answer.
            await standing.claim(None)
        repeated = result.turn_id != turn_id
    elif receipt.body_hash != body_hash:
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
    return Sent(conversation_id, message_id, result, after)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Whose body stands under a message id that has no receipt yet."""

    ports: Ports
    context: Context
    conversation_id: UUID
    message_id: UUID
    body_hash: str

    async def claim(self, text: str | None) -> None:
        """First come, first served: InvalidError (message_reused) for another body than that."""
        stands = await self.ports.turns.keep_text(
            self.context.scope, self.conversation_id, self.message_id, text, self.body_hash
        )
        if stands != self.body_hash:
            raise _reused()


def _reused() -> InvalidError:
    return InvalidError("This message id came with another body before.", code="message_reused")


def hash_of(body: NewMessage) -> str:
    """Of what the message says, and not of how it is to be delivered."""
    said: dict[str, object] = {"agent": body.agent, "content": body.content}
    if body.references:  # so that hashes from before there were any stay what they are
        said["references"] = [str(reference) for reference in body.references]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def accepted(sent: Sent, events: str) -> Accepted:
    after = "" if sent.after == START else f"?after={sent.after}"
    return Accepted(
        conversation_id=sent.conversation_id,
        turn_id=sent.result.turn_id,
        message_id=sent.message_id,
        status=sent.result.status,
        position=sent.result.position,
        events=f"{events}{after}",
    )


async def frames(
    ports: Ports, context: Context, sent: Sent, at_most: float
) -> AsyncGenerator[bytes, None]:
    """The events of one turn until it ends; first the place in the queue, when it has to wait."""
    if sent.result.status is SendStatus.QUEUED:
        queued = TurnQueued(position=sent.result.position)
        data = orjson.dumps({"turn_id": str(sent.result.turn_id), **queued.model_dump()})
        yield native.unnumbered(queued.kind, data)
    following = ports.feed.follow(
        context.log(sent.conversation_id),
        sent.after,
        turn_id=sent.result.turn_id,
        at_most=at_most,
    )
    wanted = str(sent.result.turn_id)
    try:
        async for event in following:
            if event.turn_id == wanted:
                yield native.encode(event)
    finally:
        await close(following)


async def answer(ports: Ports, context: Context, sent: Sent, seconds: float) -> Answered | None:
    """The finished turn, or None when it takes longer than that."""
    following = ports.feed.follow(
        context.log(sent.conversation_id),
        sent.after,
        turn_id=sent.result.turn_id,
        at_most=seconds,
    )
    wanted = str(sent.result.turn_id)
    ended = False
    try:
        async with asyncio.timeout(seconds):
            async for event in following:
                ended = event.turn_id == wanted and event.kind in TURN_ENDS
                if ended:
                    break
    except TimeoutError:
        return None
    finally:
        await close(following)
    for _ in range(_ROW_LOOKS):
        turn = await ports.turns.view(context.scope, sent.conversation_id, sent.result.turn_id)
        if turn is not None and turn.outcome is not None:
            return Answered.of(sent.conversation_id, turn, turn.outcome)
        if not ended:
            return None
        await asyncio.sleep(_ROW_PAUSE)
    return None


async def close(following: AsyncIterator[object]) -> None:
    """End a generator now: left to the collector it would hold its place among the readers."""
    if isinstance(following, AsyncGenerator):
        async with aclosing(following):
            pass
