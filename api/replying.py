"""What is said of a message that was sent: where to follow it, its events, or its answer."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import orjson

from api.dependencies import Context
from api.dialects import native
from api.ports import Ports
from api.schemas.turns import Accepted, Answered
from api.sending import Sent
from api.watching import close
from models.payloads.events import START, TURN_ENDS, TurnQueued
from models.payloads.turn import SendStatus

# A turn's last event may reach the reader a moment before a replica of its row does.
_ROW_LOOKS: Final = 10
_ROW_PAUSE: Final = 0.05


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
